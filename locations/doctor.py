"""What must always hold of the books, of the audit chain and of the database itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from config import audit, migrations
from config.calendar import month_of
from config.db import db, dialect
from config.doctor import Doctor
from config.migrations import guards
from locations.models import JournalEntry, LedgerMonth, LedgerRollup, Location, Posting
from locations.rules.entries import ACCOUNTS

_SUMS = ("debit_cents", "credit_cents", "postings")


def register(doctor: Doctor) -> None:
    """Add the invariants of this floor."""
    doctor.register("L1", "every entry sums to zero, per currency and location", _balanced)
    doctor.register("L2", "nothing is posted twice", _posted_once)
    doctor.register("L3", "every roll-up equals the sum of its postings", _rolled_up)
    doctor.register("L4", "books, consents and invoices cannot be edited", _guarded)
    doctor.register("L8", "what locations owe each other is zero, pair by pair", _settled_in_pairs)
    doctor.register("A1", "the audit chain is unbroken", audit.verify_chain)
    doctor.register("A4", "the schema is current and the database sound", _sound)


def _balanced() -> Iterator[str]:
    place = (Posting.entry_id, Posting.currency, Posting.location_id)
    rest = sa.func.sum(Posting.amount_cents)
    uneven = sa.select(*place, rest).group_by(*place).having(rest != 0)
    for entry_id, currency, location_id, cents in db.session.execute(uneven):
        yield f"entry {entry_id} is off by {cents} {currency} minor units at {location_id}"
    foreign = (
        sa.select(Posting.entry_id, Posting.currency)
        .join(Location, Location.id == Posting.location_id)
        .where(Posting.currency != Location.currency)
    )
    for entry_id, currency in db.session.execute(foreign):
        yield f"entry {entry_id} is in {currency}, its location is not"
    unknown = sa.select(Posting.entry_id, Posting.account).where(Posting.account.not_in(ACCOUNTS))
    for entry_id, account in db.session.execute(unknown):
        yield f"entry {entry_id} posts to {account!r}, which is no account"
    bare = sa.select(JournalEntry.id).where(~sa.exists().where(Posting.entry_id == JournalEntry.id))
    for entry_id in db.session.scalars(bare):
        yield f"entry {entry_id} has no postings"


def _posted_once() -> Iterator[str]:
    source = (JournalEntry.source_type, JournalEntry.source_id, JournalEntry.kind)
    times = sa.func.count()
    twice = sa.select(*source, times).group_by(*source).having(times > 1)
    for source_type, source_id, kind, count in db.session.execute(twice):
        yield f"{source_type} {source_id} is posted {count} times as {kind}"


def _rolled_up() -> Iterator[str]:
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
    both = posted.union_all(kept).subquery()
    key = (both.c.location_id, both.c.day, both.c.account, both.c.kind)
    off: list[Any] = [sa.func.sum(both.c[name]) for name in _SUMS]
    wrong = sa.select(*key, *off).group_by(*key).having(sa.or_(*(sum_ != 0 for sum_ in off)))
    for row in db.session.execute(wrong):
        location_id, day, account, kind, debit, credit, count = tuple(row)
        yield (
            f"{account} by {kind} at {location_id} on {day}: postings exceed the roll-up by "
            f"{debit} debit, {credit} credit, {count} postings"
        )
    yield from _months_rolled_up()


def _months_rolled_up() -> Iterator[str]:
    days, months = Counter[Any](), Counter[Any]()
    for row in db.session.scalars(sa.select(LedgerRollup)):
        for name in _SUMS:
            key = (row.location_id, month_of(row.business_day), row.account, row.kind, name)
            days[key] += getattr(row, name)
    for row in db.session.scalars(sa.select(LedgerMonth)):
        for name in _SUMS:
            key = (row.location_id, row.month, row.account, row.kind, name)
            months[key] += getattr(row, name)
    for key in days.keys() | months.keys():
        if days[key] != months[key]:
            location_id, month, account, kind, name = key
            yield (
                f"{account} by {kind} at {location_id} in {month:%Y-%m}: {name} of the month is "
                f"{months[key]}, of its days {days[key]}"
            )


def _guarded() -> Iterator[str]:
    there = guards.installed(db.session.connection())
    for guard in guards.guards():
        if guard.name not in there:
            yield f"{guard.table}: the guard {guard.name} is missing"


def _settled_in_pairs() -> Iterator[str]:
    pairs = Counter[tuple[str, str]]()
    owed = (
        sa.select(
            Posting.account,
            Posting.location_id,
            Posting.detail,
            sa.cast(sa.func.sum(Posting.amount_cents), sa.BigInteger),
        )
        .where(Posting.account.in_(("due_from", "due_to")))
        .group_by(Posting.account, Posting.location_id, Posting.detail)
    )
    for account, location_id, other, cents in db.session.execute(owed):
        here = str(location_id)
        pairs[(here, other) if account == "due_from" else (other, here)] += cents
    for (creditor, debtor), cents in pairs.items():
        if cents:
            yield f"{debtor} and {creditor} disagree by {cents} minor units on what one owes"


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
