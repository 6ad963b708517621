"""The journey: which phase a member is in, and what the end of a starter leads to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

Phase = Literal["intensive", "maintenance", "relapse", "none"]
Next = Literal["start", "wait", "lapse"]

# A conversion that could not happen for so long would come as a surprise: it never does.
STALE_DAYS: Final = 30
# Extension sessions prolong the intensive phase at most to this day of it.
LONGEST_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class Starter:
    """A sold starter with a consent, and the delivered notice of its conversion if any.

    Its plan begins on `converts_from` at the earliest. `told_on` is the date that the notice
    named, `delivered_on` the local day it arrived.
    """

    state: str
    opened_on: date | None
    converts_from: date | None
    told_on: date | None
    delivered_on: date | None


def phase(
    *, on: date, intensive_until: date | None, booster_left: bool, plan_status: str | None
) -> Phase:
    """Derived, never stored. `intensive_until` is the first day after a starter's phase.

    Using the credits up does not end the intensive phase; its end does.
    """
    if intensive_until is not None and on < intensive_until:
        return "intensive"
    if booster_left:
        return "relapse"
    if plan_status in ("active", "grace", "locked", "frozen"):
        return "maintenance"
    return "none"


def conversion_date(
    *, converts_from: date, told_on: date, delivered_on: date, notice_days: int
) -> date:
    """The day of the first charge: never before so many days after the notice came."""
    return max(converts_from, told_on, delivered_on + timedelta(days=notice_days))


def next_for(starter: Starter, *, on: date, notice_days: int) -> Next:
    """What a given consent leads to on a date: the plan, more waiting, or nothing any more."""
    if starter.state == "cancelled":
        return "lapse"
    if starter.opened_on is None or starter.converts_from is None:
        return "lapse" if starter.state == "expired" else "wait"
    named = max(starter.converts_from, starter.told_on or starter.converts_from)
    if on >= named + timedelta(days=STALE_DAYS):
        return "lapse"
    if starter.told_on is None or starter.delivered_on is None:
        return "wait"
    due_on = conversion_date(
        converts_from=starter.converts_from,
        told_on=starter.told_on,
        delivered_on=starter.delivered_on,
        notice_days=notice_days,
    )
    return "start" if on >= due_on else "wait"


def notice_about(*, converts_from: date, today: date, notice_days: int) -> date:
    """The date a notice planned today can still announce so many days ahead."""
    return max(converts_from, today + timedelta(days=notice_days))
