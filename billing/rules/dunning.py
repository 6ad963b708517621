"""When a failed payment is tried again, and when to stop. Dates are the studio's own."""

from __future__ import annotations

from datetime import date, time, timedelta

RETRY_AFTER_DAYS = (2, 5, 9)
"""Days after the first try; with it four in all, within every network's cap."""

RETRY_AT = time(9, 0)
WRITE_OFF_AFTER_DAYS = 30


def next_try(opened_on: date, *, tries: int) -> date | None:
    """The date of the next try after `tries` failed ones, or none when all are spent."""
    if tries < 1:
        raise ValueError("dunning begins with a failed try")
    if tries > len(RETRY_AFTER_DAYS):
        return None
    return opened_on + timedelta(days=RETRY_AFTER_DAYS[tries - 1])


def lapse_on(*, issued_on: date, period_end: date) -> date:
    """The earlier of the period's end and 30 days after the due date: no back-billing."""
    return min(period_end, issued_on + timedelta(days=30))


def write_off_on(lapsed_on: date) -> date:
    """When the used part that stayed owed is given up."""
    return lapsed_on + timedelta(days=WRITE_OFF_AFTER_DAYS)
