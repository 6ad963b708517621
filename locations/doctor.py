"""What must always hold of the books, of the audit chain and of the database itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from config import audit, migrations
from config.db import core, db, dialect
from config.doctor import Doctor, breach
from config.migrations import guards
from locations.models import JournalEntry, LedgerMonth, LedgerRollup, Location, Posting
from locations.rules.entries import ACCOUNTS

_SUMS = ("debit_cents", "credit_cents", "postings")


def register(doctor: Doctor) -> None:
    """Add the invariants of this floor."""
    sums = (_uneven, _foreign, _nowhere, _no_account, _bare)
    doctor.register("L1", "every entry sums to zero, per currency and location", *sums)
    doctor.register("L2", "nothing is posted twice", _posted_twice)
    doctor.register("L3", "every roll-up equals the sum of its postings", _day_off, _month_off)
    doctor.register("L4", "books, consents and invoices cannot be edited", _guarded)
    doctor.register("L8", "what locations owe each other is zero, pair by pair", _settled_in_pairs)
    doctor.register("A1", "the audit chain is unbroken", audit.verify_chain)
    doctor.register("A4", "the schema is current and the database sound", _sound)


@breach(lambda row: f"entry {row[0]} is off by {row[3]} {row[1]} minor units at {row[2]}")
def _uneven() -> sa.Select:
    place = (Posting.entry_id, Posting.currency, Posting.location_id)
    rest = sa.func.sum(Posting.amount_cents)
    return sa.select(*place, rest).group_by(*place).having(rest != 0)


@breach(lambda row: f"entry {row.entry_id} is in {row.currency}, its location is not")
def _foreign() -> sa.Select:
    return (
        sa.select(Posting.entry_id, Posting.currency)
        .join(Location, Location.id == Posting.location_id)
        .where(Posting.currency != Location.currency)
    )


@breach(lambda row: f"entry {row.entry_id} posts to a location that does not exist")
def _nowhere() -> sa.Select:
    # No constraint says so: it would be looked up for each of a run's postings.
    there = sa.exists().where(Location.id == Posting.location_id)
    return sa.select(Posting.entry_id).where(~there)


@breach(lambda row: f"entry {row.entry_id} posts to {row.account!r}, which is no account")
def _no_account() -> sa.Select:
    return sa.select(Posting.entry_id, Posting.account).where(Posting.account.not_in(ACCOUNTS))


@breach(lambda row: f"entry {row.id} has no postings")
def _bare() -> sa.Select:
    return sa.select(JournalEntry.id).where(~sa.exists().where(Posting.entry_id == JournalEntry.id))


@breach(lambda row: f"{row[0]} {row[1]} is posted {row[3]} times as {row[2]}")
def _posted_twice() -> sa.Select:
    source = (JournalEntry.source_type, JournalEntry.source_id, JournalEntry.kind)
    times = sa.func.count()
    return sa.select(*source, times).group_by(*source).having(times > 1)


@breach(
    lambda row: (
        f"{row.account} by {row.kind} at {row.location_id} on {row.day}: postings exceed the "
        f"roll-up by {row.debit_cents} debit, {row.credit_cents} credit, {row.postings} postings"
    )
)
def _day_off() -> sa.Select:
    amount = Posting.amount_cents
    posted = sa.select(
        Posting.location_id,
        JournalEntry.occurred_on.label("day"),
        Posting.account,
        JournalEntry.kind,
        sa.case((amount > 0, amount), else_=0).label("debit_cents"),
        sa.case((amount < 0, -amount), else_=0).label("credit_cents"),
        sa.literal(1).label("postings"),
    ).join(JournalEntry, JournalEntry.id == Posting.entry_id)
    kept = sa.select(
        LedgerRollup.location_id,
        LedgerRollup.business_day,
        LedgerRollup.account,
        LedgerRollup.kind,
        *(-getattr(LedgerRollup, name) for name in _SUMS),
    )
    return _uncancelled(posted.union_all(kept).subquery(), "day")


@breach(
    lambda row: (
        f"{row.account} by {row.kind} at {row.location_id} in {row.year}-{row.month:02}: its days "
        f"exceed the month by {row.debit_cents} debit, {row.credit_cents} credit, "
        f"{row.postings} postings"
    )
)
def _month_off() -> sa.Select:
    days = sa.select(
        LedgerRollup.location_id,
        *_year_and_month(LedgerRollup.business_day),
        LedgerRollup.account,
        LedgerRollup.kind,
        *(getattr(LedgerRollup, name) for name in _SUMS),
    )
    months = sa.select(
        LedgerMonth.location_id,
        *_year_and_month(LedgerMonth.month),
        LedgerMonth.account,
        LedgerMonth.kind,
        *(-getattr(LedgerMonth, name) for name in _SUMS),
    )
    return _uncancelled(days.union_all(months).subquery(), "year", "month")


def _year_and_month(day: InstrumentedAttribute[date]) -> tuple[sa.Label[int], ...]:
    parts = ("year", "month")
    return tuple(sa.cast(sa.extract(part, day), sa.Integer).label(part) for part in parts)


def _uncancelled(both: sa.Subquery, *when: str) -> sa.Select:
    """Accounts of a time where rows of two kinds, one of them negative, leave something."""
    key = [both.c[name] for name in ("location_id", *when, "account", "kind")]
    sums: list[Any] = [sa.func.sum(both.c[name]) for name in _SUMS]
    named = [sum_.label(name) for sum_, name in zip(sums, _SUMS, strict=True)]
    return sa.select(*key, *named).group_by(*key).having(sa.or_(*(sum_ != 0 for sum_ in sums)))


def _guarded() -> Iterator[str]:
    there = guards.installed(db.session.connection())
    for guard in guards.guards():
        if guard.name not in there:
            yield f"{guard.table}: the guard {guard.name} is missing"


def _settled_in_pairs() -> Iterator[str]:
    pairs = Counter[tuple[str, str]]()
    for account, location_id, other, cents in map(tuple, core(_owed_in_pairs())):
        here = str(location_id)
        pairs[(here, other) if account == "due_from" else (other, here)] += cents
    for (creditor, debtor), cents in pairs.items():
        if cents:
            yield f"{debtor} and {creditor} disagree by {cents} minor units on what one owes"


@cache
def _owed_in_pairs() -> sa.Select:
    between = (Posting.account, Posting.location_id, Posting.detail)
    cents = sa.cast(sa.func.sum(Posting.amount_cents), sa.BigInteger)
    mutual = sa.or_(Posting.account == "due_from", Posting.account == "due_to")
    return sa.select(*between, cents).where(mutual).group_by(*between)


def _sound() -> Iterator[str]:
    here, wanted = migrations.revision_here(), migrations.revision_wanted()
    if here != wanted:
        yield f"the schema is at {here}, this version of Taper wants {wanted}"
    if dialect() != "sqlite":
        return
    connection = db.session.connection()
    for (sentence,) in connection.exec_driver_sql("PRAGMA quick_check"):
        if sentence != "ok":
            yield f"SQLite: {sentence}"
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"SQLite: row {row} of {table} names a row of {parent} that is gone"
