"""When a member is told that their card ends: 30 and 7 days before the last day of its month."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Final, NamedTuple

from config.calendar import add_months, month_of

TOLD_BEFORE_DAYS: Final = (30, 7)
# A clock that was down for a while still tells; a card that came later is not told of its past.
LATE_DAYS: Final = 3
LEAVES_AT: Final = time(8, 0)


class Ending(NamedTuple):
    """Cards of a month that are to be told of now; `days` is which of the two notices it is."""

    days: int
    last_day: date


def ending(on: date) -> list[Ending]:
    """Which cards' owners are told on a studio's date; none on most dates."""
    return [
        Ending(days, last_day)
        for months in (1, 2)
        for days in TOLD_BEFORE_DAYS
        for last_day in [add_months(month_of(on), months, anchor_day=1) - timedelta(days=1)]
        if 0 <= (on - (last_day - timedelta(days=days))).days <= LATE_DAYS
    ]
