"""What must hold of closed months, and of the monthly sums by product, rate and other studio."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from config.doctor import Doctor, breach, differing
from locations.models import JournalEntry, LedgerDetail, PeriodLock, Posting, Settlement
from locations.rules.entries import BY_PRODUCT
from locations.rules.paid_on import SETTLED


def register(doctor: Doctor) -> None:
    """Add the invariants of closed books and of their lines."""
    doctor.register("L20", "a locked month takes no entry", _after_the_lock, _of_no_month)
    doctor.register("L21", "every monthly sum by detail equals its postings", _detail_off)
    doctor.register("L23", "what locations paid each other is in the books", _settled)
    doctor.register("L22", "what is deferred, kept or expired names its product", _nameless)


@breach(lambda row: f"entry {row.id} of {row.occurred_on} was written after its month was locked")
def _after_the_lock() -> sa.Select:
    return (
        sa.select(JournalEntry.id, JournalEntry.occurred_on)
        .join(PeriodLock, _same_month(JournalEntry.occurred_on, PeriodLock.month))
        .where(JournalEntry.recorded_at > PeriodLock.locked_at)
    )


@breach(lambda row: f"entry {row.id} was moved out of {row.for_month}, which is not locked")
def _of_no_month() -> sa.Select:
    locked = sa.exists().where(PeriodLock.month == JournalEntry.for_month)
    return sa.select(JournalEntry.id, JournalEntry.for_month).where(
        JournalEntry.for_month.is_not(None), ~locked
    )


@breach(
    lambda row: (
        f"{row.account} by {row.kind} for {row.detail!r} at {row.location_id}, "
        f"{row.year}-{row.month:02}: the sum is {row.said}, its postings {row.meant}"
    )
)
def _detail_off() -> sa.Select:
    kept = sa.select(
        LedgerDetail.location_id,
        *_parts(LedgerDetail.month),
        LedgerDetail.account,
        LedgerDetail.detail,
        LedgerDetail.kind,
        LedgerDetail.debit_cents - LedgerDetail.credit_cents,
    )
    posted = (
        sa.select(
            Posting.location_id,
            *_parts(JournalEntry.occurred_on),
            Posting.account,
            Posting.detail,
            JournalEntry.kind,
            Posting.amount_cents,
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.detail != "")
    )
    return differing(kept, posted)


@breach(lambda row: f"entry {row.entry_id} posts to {row.account} for no product")
def _nameless() -> sa.Select:
    return sa.select(Posting.entry_id, Posting.account).where(
        Posting.account.in_(sorted(BY_PRODUCT)), Posting.detail == ""
    )


@breach(
    lambda row: (
        f"{row.location_id} settled {row.said} minor units in the books, {row.meant} were paid"
    )
)
def _settled() -> sa.Select:
    booked = (
        sa.select(Posting.location_id, Posting.amount_cents)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.kind == SETTLED, Posting.account == "due_to")
    )
    return differing(booked, sa.select(Settlement.from_location_id, Settlement.amount_cents))


def _same_month(
    day: InstrumentedAttribute[date], month: InstrumentedAttribute[date]
) -> sa.ColumnElement[bool]:
    return sa.and_(*(one == other for one, other in zip(_parts(day), _parts(month), strict=True)))


def _parts(day: InstrumentedAttribute[date]) -> tuple[sa.Label[int], ...]:
    parts = ("year", "month")
    return tuple(sa.cast(sa.extract(part, day), sa.Integer).label(part) for part in parts)
