"""Months that take no entry any more, as those who post must ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from config.db import core, dialect
from locations.models import PeriodLock
from locations.rules.entries import Entry
from locations.rules.months import in_open_months, month_after, surely_open_from

_LAST = sa.select(sa.func.max(PeriodLock.month))


def dated(entries: Sequence[Entry], *, now: datetime) -> Sequence[Entry]:
    """The entries as they may be posted at this instant, in the caller's transaction.

    Only those about a month that could be locked ask; they hold up whoever would lock one until
    they have committed.
    """
    earliest = min(entry.occurred_on for entry in entries)
    if earliest >= surely_open_from(now):
        return entries
    hold_open()
    locked = last_locked()
    if locked is None or earliest >= month_after(locked):
        return entries
    return in_open_months(entries, locked_until=month_after(locked))


def booked_on(on: date, *, now: datetime) -> date:
    """The day on which the books take at this instant what belongs to a day; as `dated` does."""
    if on >= surely_open_from(now):
        return on
    hold_open()
    locked = last_locked()
    return on if locked is None else max(on, month_after(locked))


def last_locked() -> date | None:
    """The first day of the newest locked month."""
    return core(_LAST).scalar_one()


def hold_open() -> None:
    """No month is locked until this transaction ends. Writers do not wait for each other.

    SQLite has one writer at a time and needs no more.
    """
    if dialect() == "postgresql":
        core(sa.text("LOCK TABLE period_lock IN ROW SHARE MODE"))


def hold_closed() -> None:
    """Whoever posts into a month that could be locked waits until this transaction ends."""
    if dialect() == "postgresql":
        core(sa.text("LOCK TABLE period_lock IN EXCLUSIVE MODE"))
