"""What a log line may hold, and which request it belongs to."""

import json
import logging

import pytest
import structlog
from flask import Flask

from config.logs import configure, init_logs, request_id
from config.redaction import card_like, clean_text, private, redacted
from tests.support import databases


@pytest.fixture(autouse=True)
def _logging_put_back():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def settings(tmp_path):
    return databases.settings_for("", tmp_path, log_format="json", log_level="info")


@pytest.fixture
def lines(settings, capsys):
    """A function giving the JSON lines logged since it was last called."""
    configure(settings)
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.fixture
def site(settings, lines):
    site = Flask("site")
    init_logs(site, settings)
    site.add_url_rule("/members/<token>", "member", lambda token: request_id() or "")
    return site


def test_secrets_and_health_never_reach_a_line(lines):
    structlog.get_logger("t").info(
        "signed up",
        card_number="4242424242424242",
        email="ann@example.com",
        score=7,
        note="call ann@example.com, card 4242-4242-4242-4242, key sk_live_abcdefgh",
        deep={"headers": {"Authorization": "Bearer x", "ok": 1}},
        amount_cents=9900,
    )
    [line] = lines()
    text = json.dumps(line)
    for leak in ("4242", "ann@", "Bearer", "sk_live", "7}"):
        assert leak not in text
    assert line["score"] == "[hidden]"
    assert line["amount_cents"] == 9900
    assert line["event"] == "signed up"
    assert line["level"] == "info"


def test_a_librarys_lines_and_tracebacks_are_cleaned_too(lines):
    logging.getLogger("some.library").warning("failed for %s", "bob@example.com")
    try:
        raise ValueError("card 4242424242424242 refused")
    except ValueError:
        structlog.get_logger("t").exception("broken")
    first, second = lines()
    assert first["event"] == "failed for [hidden]"
    assert "ValueError" in second["exception"]
    assert "4242" not in second["exception"]


def test_a_line_break_in_a_value_cannot_forge_a_line(settings, capsys):
    configure(databases.settings_for("", settings.var_dir, log_format="pretty", log_level="info"))
    structlog.get_logger("t").info("name\x1b[2Jx", name="Ann\rroot signed in")
    written = capsys.readouterr().err
    assert "\x1b[2J" not in written
    assert "\r" not in written


def test_a_request_is_logged_by_its_route_with_an_id_the_answer_carries(site, lines):
    answer = site.test_client().get("/members/very-secret-token?code=1")
    [line] = lines()
    assert line["route"] == "/members/<token>"
    assert line["status"] == 200
    assert line["request_id"] == answer.headers["X-Request-ID"] == answer.text
    assert "very-secret" not in json.dumps(line)


def test_a_sane_request_id_is_kept_and_a_foul_one_replaced(site):
    client = site.test_client()
    kept = client.get("/members/1", headers={"X-Request-ID": "abc-12345_Z"})
    assert kept.headers["X-Request-ID"] == "abc-12345_Z"
    for foul in ("short", "x" * 65, "spaces are bad", "quote\"and'more", "ünïcödé12"):
        answer = client.get("/members/1", headers={"X-Request-ID": foul.encode().decode("latin1")})
        assert answer.headers["X-Request-ID"] != foul
        assert len(answer.headers["X-Request-ID"]) == 36


def test_an_app_made_twice_does_not_log_twice(settings, lines):
    configure(settings)
    structlog.get_logger("t").info("once")
    assert len(lines()) == 1


@pytest.mark.parametrize(
    "text",
    ["4242424242424242", "4000 0566 5566 5556", "3782-822463-10005", "6011111111111117 thanks"],
)
def test_card_numbers_are_recognised_however_they_are_spaced(text):
    assert card_like(text)
    assert "[card number]" in clean_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241",  # fails the check digit
        "+12065550123",
        "2026-11-22 15:20:14",
        "01912345-6789-7abc-8def-012345678901",
        "00000000000000000",
        "４２４２４２４２４２４２４２４２",
    ],
)
def test_other_numbers_are_left_alone(text):
    assert not card_like(text)


def test_keys_are_private_by_word_not_by_letter():
    assert private("X-Api-Key")
    assert private("card_last4")
    assert private("exitReason") is False
    assert not private("discarded")
    assert not private("location_id")


def test_endless_nesting_is_cut_off():
    deep: dict = {}
    deep["self"] = deep
    assert "[hidden]" in str(redacted(deep))
