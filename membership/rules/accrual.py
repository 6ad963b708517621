"""How an unlimited plan earns: by service day, and to the cent over its period."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from config.calendar import Period
from config.money import prorate


def earned_by(on: date, *, price_cents: int, period: Period) -> int:
    """Cents earned by the service days before `on`: none before, all from the period's end."""
    passed = period.overlap_days(Period(min(period.start, on), on))
    return prorate(price_cents, days=passed, of_days=period.days)


def service_days(
    *, price_cents: int, period: Period, since: date, until: date
) -> Iterator[tuple[date, int]]:
    """Each service day of the period in [since, until), with the cents it brings in.

    The days of a whole period always sum to its price.
    """
    day = max(since, period.start)
    before = earned_by(day, price_cents=price_cents, period=period)
    while day < min(until, period.end):
        day_after = day + timedelta(days=1)
        after = earned_by(day_after, price_cents=price_cents, period=period)
        yield day, after - before
        day, before = day_after, after
