"""Story 20: the year's roll-forward closes, line by line; what comes late is January's."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from billing.invoices import ageing, credit_notes, creditable
from billing.invoices.credit_notes import Promise
from billing.models import Invoice
from billing.taxed import taxed_sales
from config.audit import SYSTEM
from config.calendar import months_between
from config.db import db, run_txn
from config.errors import Refused
from locations import closing_books, journal_export, ledger, roll_forward
from locations.models import Location
from locations.months_asked import Asked
from membership.credits import liability
from membership.models import CreditGrant
from tests.support.story import Person, Story
from tests.support.story_facts import booked, complaints, report

JAN, DEC, AFTER = date(2027, 1, 1), date(2027, 12, 1), date(2028, 1, 1)


@pytest.mark.long
def test_every_line_of_the_year_closes_and_december_never_changes_again(story: Story) -> None:
    people = [
        story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2"),
        story.join("Ben Ito", "MAINT-4", at="boi"),
        story.join("Cleo Diaz", "UNLIMITED", at="tac"),
        story.join("Dora Lund", "STARTER-3", at="boi"),
    ]
    _year(story, people)
    last = story.join("Eva Roth", "STARTER-3", at="tac")
    story.go("2028-01-01 12:00")
    story.work()
    assert complaints(story) == []

    places = [story.place(slug) for slug in story.studio.places]
    year = roll_forward.table(Asked(JAN, DEC, places, story.go("2028-01-01 12:05")))
    seen = {column.name for column in roll_forward.COLUMNS if column.kind == "money"}
    for name in ("sold_cents", "redeemed_cents", "breakage_cents", "refundable_cents"):
        assert year.totals[name] > 0, name
    assert year.totals.keys() == seen
    assert year.totals["closing_cents"] == report(story, JAN, DEC).totals.deferred_close_cents
    now = story.go("2028-01-01 12:06")
    by_month = [
        roll_forward.table(Asked(month, month, places, now)) for month in months_between(JAN, DEC)
    ]
    for name in seen - {"opening_cents", "closing_cents"}:
        assert sum(table.totals[name] for table in by_month) == year.totals[name], name
    assert _closing_of(year) == _unspent()
    owed = liability.table(Asked(JAN, AFTER, places, now))
    for row in owed.rows:
        if row.account == "deferred_sessions":
            worth_cents = row.values["unspent_cents"] + row.values["to_begin_cents"]
            assert worth_cents == row.values["booked_cents"]
    aged = ageing.table(Asked(JAN, AFTER, places, now)).totals
    in_buckets = sum(cents for name, cents in aged.items() if name.startswith("days_"))
    assert in_buckets + aged["paid_ahead_cents"] == aged["booked_cents"]
    taxed = taxed_sales.table(Asked(JAN, DEC, places, now))
    all_year = report(story, JAN, DEC).totals
    assert taxed.totals["tax_cents"] - taxed.totals["credited_tax_cents"] == all_year.tax_cents
    assert taxed.totals["base_cents"] - taxed.totals["credited_base_cents"] == (
        all_year.net_sales_cents
    )

    _lock_the_year(story)
    december = _december(places)
    entry = ledger.entry_for(_refund(story, last), "refund_promised")
    assert entry is not None
    assert (entry.occurred_on.year, entry.occurred_on.month) == (2028, 1)
    assert _december(places) == december
    assert booked(story, "refunds_due", "tac") == 9900 + 1020
    assert roll_forward.table(Asked(JAN, DEC, places, story.go("2028-01-02 10:00"))) == year


def _year(story: Story, people: list[Person]) -> None:
    """Week after week the jobs run, and some of the sessions are used."""
    day, weeks = date(2027, 1, 4), 0
    while day < date(2027, 12, 26):
        day += timedelta(days=7)
        weeks += 1
        story.go(f"{day} 11:00")
        story.work()
        for person in people[: 1 + weeks % 3]:
            try:
                story.come(person, at="boi" if weeks % 5 == 0 else None)
            except Refused:
                continue  # nothing left this month: the rest of it expires


def _lock_the_year(story: Story) -> None:
    now = story.go("2028-01-01 13:00")
    for month in months_between(JAN, DEC):
        run_txn(lambda month=month: closing_books.lock(month, by=SYSTEM, now=now))


def _refund(story: Story, who: Person) -> UUID:
    """All of an unused starter goes back, by a credit note dated in December; its key."""
    now = story.go("2028-01-01 14:00")

    def write() -> UUID:
        invoice = db.session.scalars(
            sa.select(Invoice).where(Invoice.member_id == who.member_id).with_for_update()
        ).one()
        (back,) = creditable.all_of([invoice])
        promise = Promise("cooling_off", date(2028, 1, 30), SYSTEM)
        return credit_notes.write(back, promise, on=date(2027, 12, 31), now=now).id

    return run_txn(write)


def _december(places: list[Location]) -> bytes:
    both = [
        journal_export.export(places, first=DEC, last=date(2027, 12, 31), layout=layout)
        for layout in journal_export.LAYOUTS
    ]
    return "".join(both).encode()


def _closing_of(table) -> dict[tuple[str, str], int]:
    return {
        (row.location, row.detail): row.values["closing_cents"]
        for row in table.rows
        if row.values["owed_in"] == "sessions" and row.values["closing_cents"]
    }


def _unspent() -> dict[tuple[str, str], int]:
    query = (
        sa.select(Location.slug, CreditGrant.product, sa.func.sum(CreditGrant.remaining_cents))
        .join(Location, Location.id == CreditGrant.location_id)
        .where(CreditGrant.remaining > 0, CreditGrant.remaining_cents > 0)
        .where(CreditGrant.valid_from < AFTER)
        .group_by(Location.slug, CreditGrant.product)
    )
    return {(slug, product): int(cents) for slug, product, cents in db.session.execute(query)}
