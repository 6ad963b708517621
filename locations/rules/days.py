"""Which business dates a location's jobs have still to live through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class DaysDue:
    """Business dates to work on, oldest first; `held` means a person must release them."""

    days: tuple[date, ...]
    held: bool


def days_due(*, high_water: date | None, today: date, max_jump_days: int) -> DaysDue:
    """The dates after the high-water mark up to today.

    Today is due again and again until it is over, for much of its work has an hour. A clock
    set back finds nothing to do; one that leapt by more than `max_jump_days` is held, since a
    wrong clock looks just like a long outage.
    """
    if high_water is None:
        return DaysDue((today,), held=False)
    if today < high_water:
        return DaysDue((), held=False)
    if (today - high_water).days > max_jump_days:
        return DaysDue((), held=True)
    first = min(high_water + timedelta(days=1), today)
    count = (today - first).days + 1
    return DaysDue(tuple(first + timedelta(days=n) for n in range(count)), held=False)
