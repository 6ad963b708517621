"""The books: posted once, closed at every location, never edited, and summed as they grow."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from config.db import db, transaction
from config.doctor import Doctor
from locations import doctor, ledger, revenue
from locations.models import JournalEntry, LedgerMonth, LedgerRollup, Posting
from locations.rules.claims import payment, sale
from locations.rules.deliveries import redemption, redemption_undone
from locations.rules.entries import Entry, Leg, SaleLine, Unbalanced
from tests.locations.conftest import NOW

JAN_4 = date(2027, 1, 4)


def post(*entries: Entry) -> None:
    with transaction():
        ledger.post(entries, now=NOW)


def sold(place, *, on=JAN_4, net=9900, tax=1025, invoice_id=None) -> Entry:
    return sale(
        invoice_id=invoice_id or uuid4(),
        on=on,
        currency="USD",
        location_id=place.id,
        home_at=place.id,
        lines=[SaleLine("STARTER-3", "deferred_sessions", net, "sales tax", tax)],
    )


def used(sold_at, delivered_at, *, on=JAN_4, cents=3300, entry_id=None) -> Entry:
    return redemption(
        entry_id=entry_id or uuid4(),
        on=on,
        currency="USD",
        sold_at=sold_at.id,
        delivered_at=delivered_at.id,
        value_cents=cents,
        product="STARTER-3",
        home_at=sold_at.id,
    )


def findings(*codes: str) -> dict[str, tuple[str, ...]]:
    examined = Doctor()
    doctor.register(examined)
    db.session.rollback()
    return {f.code: f.violations for f in examined.examine(codes=codes)}


def test_starter_sold_on_january_4_and_used_once_leaves_two_sessions_owed(studios):
    post(sold(studios.sea), used(studios.sea, studios.sea))
    assert ledger.totals(studios.sea.id) == {
        "receivable": 10925,
        "deferred_sessions": -6600,
        "sales_tax": -1025,
        "earned_sessions": -3300,
    }
    assert ledger.balance("deferred_sessions", studios.sea.id) == -6600
    assert ledger.balance("bank", studios.sea.id) == 0


def test_balance_before_a_day_leaves_that_day_out(studios):
    post(sold(studios.sea), sold(studios.sea, on=date(2027, 1, 5)))
    assert ledger.balance("receivable", studios.sea.id, until=date(2027, 1, 5)) == 10925
    assert ledger.balance("receivable", studios.sea.id, until=JAN_4) == 0


def test_session_sold_at_seattle_and_given_at_tacoma_is_owed_between_them(studios):
    post(sold(studios.sea), used(studios.sea, studios.tac))
    assert ledger.totals(studios.sea.id)["due_to"] == -3300
    assert ledger.totals(studios.tac.id) == {"due_from": 3300, "earned_sessions": -3300}
    for place in (studios.sea, studios.tac):
        assert sum(ledger.totals(place.id).values()) == 0


def test_same_source_cannot_be_posted_twice(studios):
    invoice = uuid4()
    post(sold(studios.sea, invoice_id=invoice))
    with pytest.raises(IntegrityError):
        post(sold(studios.sea, invoice_id=invoice))
    assert ledger.balance("receivable", studios.sea.id) == 10925


def test_one_unbalanced_entry_keeps_the_whole_batch_out(studios):
    bad = Entry(
        "sale",
        "invoice",
        uuid4(),
        JAN_4,
        "USD",
        (Leg("receivable", studios.sea.id, 100), Leg("fees", studios.sea.id, -99)),
    )
    with pytest.raises(Unbalanced):
        post(sold(studios.sea), bad)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(JournalEntry)) == 0


def test_entry_worth_nothing_is_not_in_the_books(studios):
    free = sold(studios.sea, net=0, tax=0)
    post(free)
    assert ledger.entry_for(free.source_id, "sale") is None


def test_books_are_closed_outside_a_transaction(studios):
    with pytest.raises(RuntimeError):
        ledger.post([sold(studios.sea)], now=NOW)


def test_undone_session_keeps_both_entries_and_their_link(studios):
    first = used(studios.sea, studios.tac)
    post(sold(studios.sea), first)
    original = ledger.entry_for(first.source_id, "redemption")
    assert original is not None
    post(
        redemption_undone(
            entry_id=uuid4(),
            corrects_id=original.id,
            on=JAN_4,
            currency="USD",
            sold_at=studios.sea.id,
            delivered_at=studios.tac.id,
            value_cents=3300,
            product="STARTER-3",
            home_at=studios.sea.id,
            reason="wrong member",
        )
    )
    assert ledger.balance("deferred_sessions", studios.sea.id) == -9900
    assert set(ledger.totals(studios.tac.id).values()) == {0}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(JournalEntry)) == 3
    assert findings("L1", "L3", "L8") == {"L1": (), "L3": (), "L8": ()}


@pytest.mark.parametrize(
    "edit",
    [
        sa.update(Posting).values(amount_cents=1),
        sa.delete(Posting),
        sa.update(JournalEntry).values(reason="a better one"),
        sa.delete(JournalEntry),
    ],
    ids=["amount", "side", "reason", "entry"],
)
def test_what_is_written_cannot_be_edited(studios, edit):
    post(sold(studios.sea))
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(edit)


def test_five_hundred_sales_sum_up_once(studios):
    post(*(sold(studios.sea) for _ in range(500)))
    rows = list(db.session.scalars(sa.select(LedgerRollup)))
    assert {row.account: row.debit_cents + row.credit_cents for row in rows} == {
        "receivable": 500 * 10925,
        "deferred_sessions": 500 * 9900,
        "sales_tax": 500 * 1025,
    }
    assert {row.postings for row in rows} == {500}


def test_doctor_finds_books_whose_sums_are_off(studios):
    post(sold(studios.sea))
    assert findings("L3") == {"L3": ()}
    with transaction():
        db.session.execute(
            sa.update(LedgerRollup)
            .where(LedgerRollup.account == "receivable")
            .values(debit_cents=LedgerRollup.debit_cents + 1)
        )
    sentences = findings("L3")["L3"]
    assert any("receivable" in s and "postings exceed the roll-up" in s for s in sentences)
    assert any("2027-01" in s for s in sentences)


def test_doctor_finds_a_month_that_differs_from_its_days(studios):
    post(sold(studios.sea))
    with transaction():
        db.session.execute(sa.update(LedgerMonth).values(postings=7))
    assert len(findings("L3")["L3"]) == 3


def test_doctor_finds_an_entry_that_does_not_close_and_a_debt_without_its_other_side(studios):
    with transaction():
        _write_past_the_checks(Leg("due_to", studios.sea.id, -100, str(studios.tac.id)))
    found = findings("L1", "L8")
    assert len(found["L1"]) == 1
    assert len(found["L8"]) == 1


def test_doctor_finds_a_posting_in_a_foreign_currency_and_an_account_that_is_none(studios):
    with transaction():
        _write_past_the_checks(Leg("petty", studios.sea.id, 100), currency="CAD")
    text = " ".join(findings("L1")["L1"])
    assert "its location is not" in text
    assert "'petty'" in text


def test_doctor_finds_a_posting_at_a_location_that_does_not_exist(studios):
    with transaction():
        _write_past_the_checks(Leg("bank", uuid4(), 100))
    assert "posts to a location that does not exist" in " ".join(findings("L1")["L1"])


def test_doctor_misses_a_guard_that_was_dropped(studios):
    assert findings("L4") == {"L4": ()}
    on = "" if db.engine.dialect.name == "sqlite" else " ON posting"
    found = {}
    with suppress(PutBack), transaction():
        db.session.execute(sa.text(f"DROP TRIGGER guard_posting_update{on}"))
        examined = Doctor()
        doctor.register(examined)
        found = {f.code: f.violations for f in examined.examine(codes=["L4"])}
        raise PutBack
    assert found["L4"] == ("posting: the guard guard_posting_update is missing",)


class PutBack(Exception):
    """Rolls a test's own damage back: the next test may get the same database."""


def test_doctor_is_content_with_a_fresh_group(studios):
    assert set(findings().values()) == {()}


def test_january_of_two_locations_to_the_cent(studios):
    jan, feb = date(2027, 1, 31), date(2027, 2, 1)
    starter = sold(studios.sea)
    post(
        starter,
        payment(
            payment_id=uuid4(),
            on=JAN_4,
            currency="USD",
            location_id=studios.sea.id,
            amount_cents=10925,
            invoice_id=starter.source_id,
        ),
        used(studios.sea, studios.sea),
        used(studios.sea, studios.tac, on=jan),
        used(studios.sea, studios.tac, on=feb),
    )
    both = [studios.sea.id, studios.tac.id]
    report = revenue.by_month(location_ids=both, first=JAN_4, last=feb)
    shown = {(row.slug, row.month.month): row for row in report.rows}
    sea = shown["sea", 1]
    assert (sea.net_sales_cents, sea.tax_cents, sea.cash_cents) == (9900, 1025, 10925)
    assert (sea.earned_cents, sea.deferred_close_cents) == (3300, 3300)
    assert shown["tac", 1].earned_cents == 3300
    assert shown["tac", 1].cash_cents == 0
    assert shown["sea", 2].deferred_close_cents == 0
    assert shown["tac", 2].earned_cents == 3300
    assert report.totals.earned_cents == 9900
    assert report.totals.deferred_close_cents == 0
    assert report.totals.net_sales_cents == 9900


def test_report_of_february_carries_what_january_left_owed(studios):
    post(sold(studios.sea))
    report = revenue.by_month(
        location_ids=[studios.sea.id], first=date(2027, 2, 1), last=date(2027, 3, 31)
    )
    assert [row.deferred_close_cents for row in report.rows] == [9900, 9900]
    assert [row.net_sales_cents for row in report.rows] == [0, 0]
    assert report.totals.deferred_close_cents == 9900


def test_months_in_which_nothing_ever_happened_have_no_rows(studios):
    report = revenue.by_month(location_ids=[studios.boi.id], first=JAN_4, last=JAN_4)
    assert report.rows == ()
    assert report.totals.earned_cents == 0


def _write_past_the_checks(leg: Leg, currency: str = "USD") -> None:
    """One side alone, as only somebody with the database's password could write it."""
    row = {"id": uuid4(), "occurred_on": JAN_4, "recorded_at": NOW, "kind": "sale"}
    row |= {"source_type": "invoice", "source_id": uuid4(), "currency": currency, "product": ""}
    db.session.execute(sa.insert(JournalEntry).values(**row))
    db.session.execute(
        sa.insert(Posting).values(
            entry_id=row["id"],
            n=0,
            account=leg.account,
            location_id=leg.location_id,
            currency=currency,
            amount_cents=leg.amount_cents,
            detail=leg.detail,
        )
    )
