"""How long an unpaid plan still lets its member in, and when it lapses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

GRACE_DAYS: Final = 7
LAPSE_DAYS: Final = 30
ABANDONED_DAYS: Final = 14


def grace_until(*, failed_on: date, period_start: date, period_end: date) -> date:
    """The first day without access: 7 days on, or half the period where that is less."""
    half_a_period = (period_end - period_start).days // 2
    return failed_on + timedelta(days=min(GRACE_DAYS, half_a_period))


def lapse_on(*, arrears_since: date, period_end: date) -> date:
    """The day an unpaid plan ends: its period's end, or 30 days after it fell due if sooner."""
    return min(period_end, arrears_since + timedelta(days=LAPSE_DAYS))


def abandoned_on(*, anchor: date) -> date:
    """The day a start that was never paid is given up."""
    return anchor + timedelta(days=ABANDONED_DAYS)
