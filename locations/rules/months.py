"""Which months the books still take entries in. A locked month is closed for the whole group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from config.calendar import add_months, month_of
from locations.rules.entries import Entry

# No wall on Earth is further ahead of UTC: from a month's end there on it may be locked.
_FURTHEST = timedelta(hours=14)


def month_after(month: date) -> date:
    """The first day of the following calendar month."""
    return add_months(month, 1, anchor_day=1)


def surely_open_from(now: datetime) -> date:
    """The month that no studio has left yet, wherever it lies: nothing in it can be locked."""
    return month_of((now.astimezone(UTC) + _FURTHEST).date())


def in_open_months(entries: Iterable[Entry], *, locked_until: date) -> list[Entry]:
    """The entries, those of locked months dated on the first open day and named for their month.

    `locked_until` is the first day that takes entries.
    """
    return [
        entry
        if entry.occurred_on >= locked_until
        else entry._replace(
            occurred_on=locked_until, for_month=entry.for_month or month_of(entry.occurred_on)
        )
        for entry in entries
    ]


def next_to_lock(locked: Sequence[date], *, first_booked: date | None) -> date | None:
    """The one month that may be locked next: months close in order, from the books' first one.

    None where nothing was ever booked.
    """
    if locked:
        return month_after(max(locked))
    return None if first_booked is None else month_of(first_booked)
