"""How a session felt is read by the member alone: a canary is planted, and everything searched."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from billing import day
from config import logs, mail_delivery
from config.base import table_of
from config.db import db, run_txn
from config.ids import new_id
from locations import places
from membership.models import GaugeScore, HealthConsent, PrivateReason
from membership.people import gauge
from tests.http.world import SIGNS_OUT, STAFF, Browser, World, told

CANARY = "canary-4f7a1c"
PRIVATE = frozenset({"gauge_score", "health_consent", "private_reason"})
# Words of the consent and of its page, which nobody else's page, file or letter may use.
WORDS = (CANARY, "how i feel after", "from 0 to 10", "/gauge", "gauge-2027")


@pytest.fixture
def ana(world: World) -> Browser:
    """Ana has agreed and noted how her session felt; a reason of hers lies in its table."""
    browser = world.browser("ana")
    page = browser.get("/gauge")
    assert "I agree that" in page.text
    answer = browser.post("/gauge/agree", agree="yes", version="gauge-2027-1")
    assert answer.status_code == 303
    run_txn(lambda: db.session.add(_reason(world)))
    return browser


def _reason(world: World) -> PrivateReason:
    return PrivateReason(
        source_id=new_id(),
        member_id=world.known.member_id,
        about="medical_hold",
        text=CANARY,
        at=world.app.extensions["taper.clock"].now(),
    )


def note(world: World, browser: Browser, score: int) -> None:
    answer = browser.post(f"/gauge/sessions/{world.known.ids['visit_id']}", score=str(score))
    assert answer.status_code == 303


def rows(app: Flask) -> dict[str, list[str]]:
    """Every row of every table but the private ones, as text."""
    found = {}
    with db.engine.connect() as connection:
        for name in sa.inspect(db.engine).get_table_names():
            if name not in PRIVATE:
                query = sa.text(f'SELECT * FROM "{name}"')
                found[name] = sorted(repr(tuple(row)) for row in connection.execute(query))
    return found


def pages(world: World) -> Iterator[tuple[str, str]]:
    """Every page and file that staff can open, and what it says, by who opened it."""
    values = {name: str(id_) for name, id_ in world.known.ids.items()}
    for actor in STAFF:
        browser = world.browser(actor)
        for rule in world.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.rule == SIGNS_OUT:
                continue
            if rule.endpoint.startswith(("assets.", "bootstrap.", "security.", "own.")):
                continue
            if not set(rule.arguments) <= set(values):
                continue
            arguments = {name: values[name] for name in rule.arguments}
            path = world.app.url_map.bind("localhost").build(rule.endpoint, arguments)
            yield f"{path} as {actor}", told(browser.get(str(path)))


def test_a_note_touches_no_row_of_any_other_table(world: World, ana: Browser) -> None:
    before = rows(world.app)
    note(world, ana, 9)
    note(world, ana, 2)
    assert db.session.scalars(sa.select(GaugeScore.score)).all() == [2]
    assert rows(world.app) == before
    ana.post("/gauge/erase")
    assert db.session.scalars(sa.select(GaugeScore.score)).all() == []
    assert rows(world.app) == before


def test_no_page_or_file_of_staff_changes_with_a_note_or_tells_of_one(
    world: World, ana: Browser
) -> None:
    note(world, ana, 0)
    worst = dict(pages(world))
    note(world, ana, 10)
    best = dict(pages(world))
    assert len(best) > 60
    for name, text in best.items():
        assert text == worst[name], name
        for word in WORDS:
            assert word not in text.lower(), f"{word} on {name}"


def test_evidence_handed_to_a_bank_holds_nothing_of_it(world: World, ana: Browser) -> None:
    note(world, ana, 0)
    manager = world.browser("manager.sea")
    told_bank = manager.get(f"/manage/disputes/{world.known.ids['dispute_id']}/evidence.zip")
    assert told_bank.status_code == 200
    with zipfile.ZipFile(io.BytesIO(told_bank.data)) as bundle:
        sheet = bundle.read("evidence.html").decode()
        values = json.loads(bundle.read("evidence.json"))
        assert any(name.endswith(".pdf") for name in bundle.namelist())
    assert [one["on"] for one in values["visits"]] == ["2027-01-04"]
    assert "Seattle" in sheet
    assert values["agreed"][0]["address"] == "203.0.113.7"
    for text in (sheet, json.dumps(values)):
        assert not any(word in text.lower() for word in (*WORDS, "score", "waiver", "knee"))


def test_letters_journal_logs_books_and_stripe_are_free_of_it(
    world: World,
    ana: Browser,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    settings = world.app.extensions["taper.settings"]
    logs.configure(replace(settings, log_level="debug"))
    clock = world.app.extensions["taper.clock"]
    for score in (3, 10, 0):
        note(world, ana, score)
        for location in places.open_ones():
            day.work(location.id)
        clock.set(clock.now() + timedelta(days=5))
        mail_delivery.deliver_due(clock.now())
    for page in ("/", "/visits", "/agreements", "/invoices"):
        assert CANARY not in ana.get(page).text
    logs.configure(settings)
    said = capsys.readouterr()
    assert "gauge/sessions" in said.err, "requests are logged, and their bodies are not"
    for text in (said.out, said.err):
        assert CANARY not in text
        assert "score" not in text
    kept = rows(world.app)
    assert any("notice_conversion" in row for row in kept["outbox_message"])
    for name, lines in kept.items():
        for line in lines:
            assert not any(word in line.lower() for word in (*WORDS, "score")), name
    at_stripe = list(tmp_path_factory.getbasetemp().glob("till*/stripe.sqlite3*"))
    assert at_stripe
    for file in at_stripe:  # with what still lies in its log
        kept_there = file.read_bytes().lower()
        assert not any(word.encode() in kept_there for word in WORDS), file.name


def test_withdrawing_erases_every_note_and_leaves_the_consent_as_it_was_given(
    world: World, ana: Browser
) -> None:
    note(world, ana, 7)
    assert ana.post("/gauge/withdraw").status_code == 303
    assert db.session.scalars(sa.select(GaugeScore.score)).all() == []
    (consent,) = db.session.scalars(sa.select(HealthConsent)).all()
    assert consent.withdrawn_at is not None
    assert consent.text.startswith("I agree that")
    answer = ana.post(f"/gauge/sessions/{world.known.ids['visit_id']}", score="7")
    assert answer.status_code == 409
    assert gauge.consent_of(world.known.member_id) is None


def test_no_note_without_the_box_the_words_that_were_shown_or_a_number_up_to_ten(
    world: World,
) -> None:
    browser = world.browser("ana")
    assert browser.post("/gauge/agree", version="gauge-2027-1").status_code == 422
    assert browser.post("/gauge/agree", agree="yes", version="gauge-2020-9").status_code == 409
    assert db.session.scalars(sa.select(HealthConsent)).all() == []
    browser.post("/gauge/agree", agree="yes", version="gauge-2027-1")
    address = f"/gauge/sessions/{world.known.ids['visit_id']}"
    for odd in ("11", "-1", "1.5", "", "ten", "1e1", "٣"):
        assert browser.post(address, score=odd).status_code == 422, odd
    assert db.session.scalars(sa.select(GaugeScore.score)).all() == []


def test_anybody_reads_the_policy_on_health_data(world: World) -> None:
    page = world.browser("nobody").get("/health-data")
    assert page.status_code == 200
    assert "Withdrawing it erases them" in page.text


def test_the_tables_are_the_ones_that_are_kept_apart() -> None:
    apart = {table_of(model).name for model in (GaugeScore, HealthConsent, PrivateReason)}
    assert apart == PRIVATE
