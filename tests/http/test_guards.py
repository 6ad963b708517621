"""What holds for every route there is, walked: forgery, reading that writes, hosts, ways out."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from werkzeug.routing import Rule

from config.db import db
from config.models import OutboxMessage
from locations import people
from tests.http.world import ACTORS, HTTPS, SIGNS_OUT, Browser, World, armoured, writes
from tests.support.studio import PASSWORD

READS = {"GET", "HEAD", "OPTIONS"}
SIGNED = ("webhooks.stripe", "webhooks.stripe_of")  # prove themselves without a page
# Back from Stripe: what happened there is looked up and written down, whoever asks for it.
LOOKS_AT_STRIPE = {"money.paid", "money.card_return", "money.returned"}
EVIL = "https://evil.example"


def _path(world: World, rule: Rule, method: str) -> str:
    values = {name: world.known.ids.get(name, "nothing") for name in rule.arguments}
    built = world.app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    return str(built)


def _posts(world: World) -> list[str]:
    return [
        _path(world, rule, "POST")
        for rule in world.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.endpoint not in SIGNED
    ]


@pytest.mark.long
def test_no_form_is_taken_from_another_site_or_with_somebody_elses_token(world: World) -> None:
    foreign = world.browser("bob").token()
    forged = {
        "no token": {"csrf_token": ""},
        "another's token": {"csrf_token": foreign},
        "a made-up token": {"csrf_token": "IjEi.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"},
        "another site": {"referer": EVIL + "/localhost"},
        "another host of ours": {"referer": "https://localhost.evil.example/"},
        "plain http": {"referer": "http://localhost/"},
        "nowhere": {"referer": ""},
    }
    for actor in ("ana", "desk.sea", "owner"):
        browser = world.browser(actor)
        for path in _posts(world):
            for kind, fields in forged.items():
                with writes() as written:
                    answer = browser.post(path, **fields)
                assert (answer.status_code, written) == (400, []), f"{path}: {kind} as {actor}"


@pytest.mark.long
def test_reading_writes_nothing(world: World) -> None:
    read = 0
    for actor in ACTORS:
        browser = world.browser(actor)
        for rule in world.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in LOOKS_AT_STRIPE:
                continue
            path = _path(world, rule, "GET")
            if path == SIGNS_OUT and actor != "nobody":
                continue
            with writes() as written:
                answer = browser.get(path)
            assert written == [], f"{path} as {actor}"
            assert browser.client.head(path, base_url=HTTPS).status_code == answer.status_code
            read += 1
    assert read > 200


def test_every_error_is_answered_in_the_same_armour(world: World) -> None:
    browser = world.browser("owner")
    for path in ("/nothing/here", "/invoices/1", "/assets/../app.py", "/%00", "/manage/staff/x"):
        assert browser.get(path).status_code in (400, 404), path
    for rule in world.app.url_map.iter_rules():
        for method in ("PUT", "DELETE", "PATCH", "TRACE"):
            path = _path(world, rule, sorted(rule.methods or ())[0])
            answer = browser.client.open(path, method=method, base_url=HTTPS)
            assert armoured(answer, path).status_code in (400, 404, 405), f"{method} {path}"
    for endpoint in ("/join", "/login", "/desk/visits", "/webhooks/stripe"):
        answer = browser.client.post(endpoint, base_url=HTTPS, data={"a": "x" * 3_000_000})
        assert armoured(answer, endpoint).status_code in (400, 413), endpoint
        answer = browser.client.post(
            endpoint, base_url=HTTPS, data={str(n): "" for n in range(2000)}
        )
        assert armoured(answer, endpoint).status_code in (400, 413), endpoint


DEEP = "[" * 10_000 + "]" * 10_000
JSON = ["[1]", '"x"', "1", "null", "{", '{"email": 1e400}', '{"email": {"a": 1}}', DEEP]


def test_pages_take_forms_alone(world: World) -> None:
    browser = world.browser("nobody")
    headers = {"X-CSRFToken": browser.token(), "Referer": HTTPS + "/"}
    for path in _posts(world):
        for body in JSON:
            answer = browser.client.post(
                path, base_url=HTTPS, data=body, content_type="application/json", headers=headers
            )
            assert armoured(answer, path).status_code == 415, f"{path} {body[:30]}"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", ""])
def test_no_other_host_is_answered_or_believed(world: World, host: str) -> None:
    client = world.app.test_client()
    for path in ("/", "/login", "/join", "/nothing", "/assets/app.css"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert "Location" not in answer.headers
        assert not host or host not in answer.text
    for header in ("X-Forwarded-Host", "X-Host", "Forwarded"):
        believed = client.get("/invoices", base_url=HTTPS, headers={header: host or "host=x"})
        assert believed.headers["Location"].startswith("/login"), header


def test_a_letter_leads_to_our_own_address_whatever_host_was_asked(world: World) -> None:
    browser = Browser(world.app.test_client())
    browser.post("/reset", email="ana@example.com")
    letters = db.session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.template == "sign_in")
    ).all()
    assert len(letters) == 1
    [link] = re.findall(r"https?://\S+", letters[0].context["body"])
    assert link.startswith(world.app.extensions["taper.settings"].base_url + "/")


def test_recovery_codes_are_shown_once_kept_sealed_and_each_opens_once(world: World) -> None:
    owner = world.browser("owner")
    page = owner.post("/mf-recovery-codes", generate_codes="1")
    codes = re.findall(r"\b(?:[0-9a-f]{4}-){2}[0-9a-f]{4}\b", page.text)
    assert len(codes) == 5
    account = people.find_by_email("owner@studio.example")
    assert account is not None
    with db.engine.connect() as connection:
        kept = connection.scalar(
            sa.text("SELECT mf_recovery_codes FROM account WHERE email = 'owner@studio.example'")
        )
    assert kept
    assert not any(code in kept for code in codes)
    util = world.app.extensions["security"].mf_recovery_codes_util
    assert util.check_recovery_code(account, codes[2])
    util.delete_recovery_code(account, codes[2])
    db.session.commit()
    db.session.expire_all()
    assert util.get_recovery_codes(account) == codes[:2] + codes[3:]


ELSEWHERE = [
    "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example",
    "///evil.example",
    "https:evil.example", "/%09/evil.example", "\t//evil.example", "javascript:alert(1)",
    "https://localhost.evil.example", "https://localhost@evil.example", "/\r\nSet-Cookie: a=b",
]  # fmt: skip


def test_nobody_is_led_elsewhere_after_signing_in_or_out(world: World) -> None:
    for where in ELSEWHERE:
        browser = Browser(world.app.test_client())
        fields = {"email": "desk.sea@studio.example", "password": PASSWORD, "next": where}
        for answer in (
            browser.post("/login", **fields),
            browser.client.get("/login", base_url=HTTPS, query_string={"next": where}),
            browser.post("/logout", next=where),
        ):
            assert _host_of(answer.headers.get("Location", "/")) == HTTPS, where
            assert "a=b" not in str(answer.headers.getlist("Set-Cookie")), where


def _host_of(location: str) -> str:
    """Where a browser goes, which takes a backslash for a slash and drops a tab."""
    typed = re.sub(r"[\t\r\n]", "", location).replace("\\", "/")
    parts = urlsplit(urljoin(HTTPS + "/login", typed))
    return f"{parts.scheme}://{parts.netloc}"
