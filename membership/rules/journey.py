"""The journey: which phase a member is in, and what the end of a starter leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from membership.rules.notices import CONVERSION_DAYS

Phase = Literal["intensive", "maintenance", "relapse", "none"]
Next = Literal["start", "wait", "lapse"]

# A conversion that could not happen for so long would come as a surprise: it never does.
STALE_DAYS: Final = 30
# Extension sessions prolong the intensive phase at most to this day of it.
LONGEST_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class Starter:
    """A sold starter with a consent, and the delivered notice of its conversion if any.

    `told_on` is the date that notice named, `delivered_on` the local day it arrived.
    """

    state: str
    opened_on: date | None
    window_end: date | None
    told_on: date | None
    delivered_on: date | None


def phase(
    *, on: date, starter_window_end: date | None, booster_left: bool, plan_status: str | None
) -> Phase:
    """Derived, never stored. `starter_window_end` is that of an opened starter or extension.

    Using the credits up does not end the intensive phase; its window does.
    """
    if starter_window_end is not None and on < starter_window_end:
        return "intensive"
    if booster_left:
        return "relapse"
    if plan_status in ("active", "grace", "locked", "frozen"):
        return "maintenance"
    return "none"


def intensive_until(*, opened_on: date, window_end: date, extension_ends: Sequence[date]) -> date:
    """The end of a starter's phase: its window's, or that of an extension, up to day 60."""
    longest = opened_on + timedelta(days=LONGEST_DAYS)
    return max(window_end, min(longest, max(extension_ends, default=window_end)))


def conversion_date(*, window_end: date, told_on: date, delivered_on: date) -> date:
    """The day of the first charge: the window's end, but seven days after the notice came."""
    return max(window_end, told_on, delivered_on + timedelta(days=CONVERSION_DAYS))


def next_for(starter: Starter, *, on: date) -> Next:
    """What a given consent leads to on a date: the plan, more waiting, or nothing any more."""
    if starter.state == "cancelled":
        return "lapse"
    if starter.opened_on is None or starter.window_end is None:
        return "lapse" if starter.state == "expired" else "wait"
    if on >= starter.window_end + timedelta(days=STALE_DAYS):
        return "lapse"
    if starter.told_on is None or starter.delivered_on is None:
        return "wait"
    due_on = conversion_date(
        window_end=starter.window_end,
        told_on=starter.told_on,
        delivered_on=starter.delivered_on,
    )
    return "start" if on >= due_on else "wait"


def notice_about(*, window_end: date, today: date) -> date:
    """The date a notice planned today can still announce seven days ahead."""
    return max(window_end, today + timedelta(days=CONVERSION_DAYS))
