"""How long a sold pack may be used, and how long the intensive phase of a starter lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from config.errors import invalid_field
from membership.rules.journey import LONGEST_DAYS

# What a person may add to a window at once; more is a slip of the hand.
MOST_DAYS_MORE: Final = 60
# So many days without a session, in a phase meant for sessions in close succession, are a gap.
GAP_DAYS: Final = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """Days without a session while some are left; `too_many` can no longer be used in time.

    One session a day at most: `days_left` counts the days of the window from today on.
    """

    days: int
    sessions_left: int
    days_left: int
    too_many: int


def extension_until(bought_on: date, *, window_days: int) -> date | None:
    """The first day on which an extension session is over: it is valid from its purchase on."""
    return bought_on + timedelta(days=window_days) if window_days else None


def phase_end(
    *,
    opened_on: date | None,
    window_end: date | None,
    extension_ends: Sequence[date],
    done_on: date | None,
) -> date | None:
    """The first day after the intensive phase; none before it begins.

    The window's end, or that of an extension up to day 60, or the day somebody was done.
    """
    if opened_on is None or window_end is None:
        return None if opened_on is None else done_on
    longest = opened_on + timedelta(days=LONGEST_DAYS)
    end = max(window_end, min(longest, max(extension_ends, default=window_end)))
    return end if done_on is None else min(end, done_on)


def converts_from(*, window_end: date | None, phase_end: date | None) -> date | None:
    """The earliest day of the plan that follows a starter.

    Being done early brings no charge forward: the consent named the end of the window.
    """
    if window_end is None or phase_end is None:
        return None
    return max(window_end, phase_end)


def moved(end: date, *, days: int, on: date) -> date:
    """An end moved by some days. Invalid where they are too many, or it would be over still."""
    if not 1 <= days <= MOST_DAYS_MORE:
        raise invalid_field("/days", f"From 1 to {MOST_DAYS_MORE} days.")
    later = by_days(end, days)
    if later <= on:
        raise invalid_field("/days", "That would have been over by today still.")
    return later


def by_days(end: date, days: int) -> date:
    """The same end some days later, or earlier."""
    return end + timedelta(days=days)


def gap(
    *, last_session_on: date | None, window_end: date | None, sessions_left: int, on: date
) -> Gap | None:
    """What a member should know who has not come for some days of an open window, if anything."""
    if last_session_on is None or window_end is None or not sessions_left or on >= window_end:
        return None
    days, days_left = (on - last_session_on).days, (window_end - on).days
    if days < GAP_DAYS and days_left >= sessions_left:
        return None
    return Gap(days, sessions_left, days_left, max(0, sessions_left - days_left))
