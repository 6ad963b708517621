"""Story 22: the database is lost, and an old backup is put back; nobody pays twice.

What Stripe took since the backup was made is found there by our own keys and taken over before
anything is charged, in the very first run after the restore.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from app import create_app
from billing import accounts
from billing.models import Invoice, Parked, Payment, StrayIntent
from billing.payments import collect, janitor
from billing.reconciling import adoption
from config.db import db
from config.settings import Settings
from tests.support import postgres
from tests.support.story import Person, Story
from tests.support.story_facts import bills, complaints, taken

BEFORE, AT_BACKUP, AFTER = "2027-02-04 09:00", "2027-02-05 20:00", "2027-02-09 09:00"
EVER = 1 << 40  # seconds
NO_MONEY = {"outcome": "insufficient_funds", "until": "2027-02-06T00:00:00+00:00"}


@contextmanager
def backup_of(settings: Settings, folder: Path) -> Iterator[Settings]:
    """Settings of an installation on a copy of this database, made now."""
    db.session.rollback()
    db.engine.dispose()
    if settings.is_sqlite:
        file = Path(settings.database_url.removeprefix("sqlite:///"))
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        copy = folder / "backup.sqlite3"
        shutil.copyfile(file, copy)
        yield replace(settings, database_url=f"sqlite:///{copy}")
        return
    name = f"backup_{uuid4().hex}"
    here = sa.make_url(settings.database_url)
    postgres.copy(str(here.database), name)
    url = here.set(database=name).render_as_string(hide_password=False)
    try:
        yield replace(settings, database_url=url)
    finally:
        postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def house(story: Story) -> list[Person]:
    """Ana and Ben renew on the 6th; Cid's renewal of the 4th found no money."""
    story.go("2027-01-04 12:00")
    cid = story.join("Cid Cruz", "MAINT-2")
    story.bank_says(cid, NO_MONEY)
    story.go("2027-01-06 12:00")
    ana, ben = story.join("Ana Mora", "MAINT-4"), story.join("Ben Bo", "MAINT-2", at="boi")
    story.live(BEFORE)
    story.go(BEFORE)
    story.work()
    assert [bill.state for bill in bills(cid)] == ["paid", "open"]
    return [ana, ben, cid]


@pytest.fixture
def restored(
    story: Story, house: list[Person], settings: Settings, tmp_path: Path
) -> Iterator[Flask]:
    """The house as it was on the evening of the 5th, on the morning of the 9th."""
    story.go(AT_BACKUP)
    with backup_of(settings, tmp_path) as kept:
        for wall in ("2027-02-06 09:00", "2027-02-07 09:00", "2027-02-08 09:00", AFTER):
            story.go(wall)
            story.work()
        assert [len(bills(who)) for who in house] == [2, 2, 2]
        assert {bill.state for who in house for bill in bills(who)} == {"paid"}
        story.leases.advance(int(timedelta(days=4).total_seconds() * 1000))
        again = create_app(kept, clock=story.clock, leases=story.leases, gateway=story.gateway)
        first = db.session()
        with again.app_context():
            yield again
            first.rollback()  # what the story holds was read again from the backup
            db.session.remove()
            db.engine.dispose()


def open_and_paid(app: Flask) -> tuple[int, int]:
    query = sa.select(Invoice.state, sa.func.count()).group_by(Invoice.state)
    counts = {row[0]: row[1] for row in db.session.execute(query)}
    return counts.get("open", 0), counts.get("paid", 0)


def stripe_complaints(app: Flask) -> list[str]:
    findings = app.extensions["taper.doctor.stripe"].examine()
    return [f"{one.code}: {words}" for one in findings for words in one.violations]


def test_the_first_run_after_a_restore_takes_over_what_was_paid_and_charges_nobody_again(
    story: Story, house: list[Person], restored: Flask
) -> None:
    once = taken(story)
    assert open_and_paid(restored) == (1, 3)  # what the backup knows: Cid owes, nobody renewed
    for _ in range(2):
        story.work()
        collect.collect_ready()
        janitor.look()
    assert taken(story) == once
    assert open_and_paid(restored) == (0, 6)
    assert complaints(replace(story, app=restored)) == []
    assert stripe_complaints(restored) == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Payment)) == 6
    waiting = sa.select(StrayIntent.stripe_id).where(StrayIntent.adopted_at.is_(None))
    assert db.session.scalars(waiting).all() == []


def test_the_next_period_after_a_restore_is_charged_as_ever(
    story: Story, house: list[Person], restored: Flask
) -> None:
    story.work()
    once = len(taken(story))
    story.live("2027-03-07 09:00")
    assert len(taken(story)) == once + 2  # Ana's and Cid's, in Seattle


def test_by_hand_the_strays_are_found_before_any_run(
    story: Story, house: list[Person], restored: Flask
) -> None:
    (account,) = accounts.in_use(story.gateway)
    found = adoption.adopt(account, since=0, until=EVER, now=story.clock.now())
    assert found == {"adopted": 1, "stray": 2}  # Cid's invoice is known, two renewals are not
    again = adoption.adopt(account, since=0, until=EVER, now=story.clock.now())
    assert again == {"stray": 2}


def test_a_run_charges_nobody_while_stripe_cannot_be_asked_whether_it_is_ahead(
    story: Story, house: list[Person], restored: Flask
) -> None:
    once = taken(story)
    fault = {"endpoint": "payment_intents.list", "kind": "500_before", "times": 999}
    story.stripe.control("POST", "faults", fault)
    story.work()
    story.stripe.control("DELETE", "faults")
    assert taken(story) == once
    assert open_and_paid(restored) == (3, 3)
    collect.collect_ready()
    assert taken(story) == once
    assert open_and_paid(restored) == (0, 6)


def test_money_of_another_amount_waits_for_a_person_and_is_taken_over_by_nobody(
    story: Story, house: list[Person]
) -> None:
    open_one = db.session.scalars(sa.select(Invoice).where(Invoice.state == "open")).one()
    gateway = story.gateway
    customer = gateway.create_customer(key="cu:x", email="x@studio.example", metadata={})
    card = story.stripe.control("POST", "cards", {"customer": customer, "token": "pm_card_visa"})
    made = gateway.create_intent(
        key="pi:x",
        customer_id=customer,
        amount_cents=100,
        currency="USD",
        metadata={"invoice": str(open_one.id)},
    )
    gateway.confirm_intent(made.id, key="cf:x", payment_method_id=card["id"])
    (account,) = accounts.in_use(gateway)
    for _ in range(2):
        found = adoption.adopt(account, since=0, until=EVER, now=story.clock.now())
        assert found == {"second": 1}
    db.session.expire_all()
    assert open_one.state == "open"
    assert db.session.scalars(sa.select(Parked.code)).all() == ["second_charge"]
