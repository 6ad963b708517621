"""A month of the books is locked once, in order, for good; what comes late finds the next day."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from config import audit
from config.db import db, transaction
from config.errors import Refused
from locations import business_days, closing_books, journal_export, ledger
from locations.models import JournalEntry, PeriodLock
from tests.locations.books import book, credited, findings, lock, noon, paid, sold

DEC, JAN, FEB = date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)
DEC_30 = date(2026, 12, 30)
# Seattle has left December for eight hours; Boise for nine.
NEW_YEAR = datetime(2027, 1, 1, 8, 0, tzinfo=UTC)


def refused(month: date, now: datetime) -> str:
    with pytest.raises(Refused) as found, transaction():
        closing_books.lock(month, by=audit.Actor(None, "x"), now=now)
    return found.value.code


def test_december_is_locked_when_seattle_has_left_it_and_not_a_minute_earlier(studios):
    book(sold(studios.boi, DEC_30), now=noon(DEC_30))
    before = datetime(2027, 1, 1, 7, 59, tzinfo=UTC)
    assert closing_books.overview(before).why_not is not None
    assert refused(DEC, before) == "month_running"
    lock(DEC, now=NEW_YEAR)
    found = closing_books.overview(NEW_YEAR)
    assert [row.month for row in found.locked] == [DEC]
    assert found.next_month == JAN


def test_months_are_locked_in_order_and_once(studios):
    book(sold(studios.sea, DEC_30), sold(studios.sea, date(2027, 1, 4)), now=noon(DEC_30))
    march = noon(date(2027, 3, 1))
    assert refused(JAN, march) == "not_in_order"
    lock(DEC, now=march)
    assert refused(DEC, march) == "month_locked"
    lock(JAN, now=march)
    assert refused(FEB, noon(date(2027, 2, 20))) == "month_running"


def test_nothing_is_locked_before_the_first_entry(studios):
    assert refused(DEC, NEW_YEAR) == "nothing_booked"
    assert closing_books.overview(NEW_YEAR).next_month is None


def test_month_waits_for_a_studio_whose_jobs_have_not_lived_through_it(studios):
    book(sold(studios.sea, DEC_30), now=noon(DEC_30))
    with transaction():
        business_days.reached(studios.sea.id, DEC_30)
    assert refused(DEC, NEW_YEAR) == "days_left"
    with transaction():
        business_days.reached(studios.sea.id, date(2026, 12, 31))
    lock(DEC, now=NEW_YEAR)


def test_refund_of_a_december_sale_is_booked_whole_on_january_1_for_december(studios):
    book(sold(studios.sea, DEC_30), paid(studios.sea, DEC_30), now=noon(DEC_30))
    lock(DEC, now=NEW_YEAR)
    before = _december(studios)
    late = credited(studios.sea, DEC_30, net=9900, tax=1025)
    book(late, now=noon(date(2027, 1, 4)))
    entry = ledger.entry_for(late.source_id, "refund_promised")
    assert (entry.occurred_on, entry.for_month) == (JAN, DEC)
    assert _december(studios) == before
    assert ledger.balance("deferred_sessions", studios.sea.id, until=JAN) == -9900
    assert ledger.balance("deferred_sessions", studios.sea.id) == 0
    assert set(findings().values()) == {()}


def test_entry_of_an_open_month_keeps_its_day_and_of_two_locked_ones_finds_the_first_open(studios):
    book(sold(studios.sea, DEC_30), now=noon(DEC_30))
    march = noon(date(2027, 3, 2))
    lock(DEC, now=march)
    lock(JAN, now=march)
    early, late = sold(studios.sea, date(2027, 2, 28)), sold(studios.sea, date(2027, 1, 31))
    book(early, late, now=march)
    dated = {
        row.source_id: (row.occurred_on, row.for_month)
        for row in db.session.scalars(sa.select(JournalEntry))
    }
    assert dated[early.source_id] == (date(2027, 2, 28), None)
    assert dated[late.source_id] == (FEB, JAN)


def test_an_entry_and_a_lock_at_once_never_leave_an_entry_behind_the_lock(
    app: Flask, studios
) -> None:
    book(sold(studios.sea, DEC_30), now=noon(DEC_30))
    posted, release = threading.Event(), threading.Event()
    late = sold(studios.sea, DEC_30)

    def post() -> None:
        with app.app_context(), transaction():
            ledger.post([late], now=NEW_YEAR)
            posted.set()
            release.wait(10)

    def close() -> None:
        with app.app_context():
            lock(DEC, now=NEW_YEAR)

    writer, closer = threading.Thread(target=post), threading.Thread(target=close)
    writer.start()
    assert posted.wait(10)
    closer.start()
    closer.join(0.3)
    assert closer.is_alive(), "the lock waits for who posts into its month"
    release.set()
    writer.join(20)
    closer.join(20)
    db.session.rollback()
    assert ledger.entry_for(late.source_id, "sale").occurred_on == DEC_30
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PeriodLock)) == 1
    after = sold(studios.sea, DEC_30)
    book(after, now=NEW_YEAR)
    assert ledger.entry_for(after.source_id, "sale").occurred_on == JAN


def test_doctor_sees_an_entry_that_slipped_into_a_locked_month(studios):
    book(sold(studios.sea, DEC_30), now=noon(DEC_30))
    with transaction():
        row = PeriodLock(month=DEC, locked_at=noon(date(2026, 12, 29)), by_account_id=None)
        db.session.add(row)
    assert len(findings("L20")["L20"]) == 1


def test_doctor_sees_an_entry_said_to_be_of_a_month_that_is_open(studios):
    book(sold(studios.sea, DEC_30)._replace(for_month=DEC), now=noon(DEC_30))
    assert len(findings("L20")["L20"]) == 1


def _december(studios) -> str:
    return journal_export.export(
        [studios.sea, studios.boi], first=DEC, last=date(2026, 12, 31), layout="generic"
    )
