"""How an unlimited plan earns: by service day, and to the cent over its period.

Days on hold are no service days: they earn nothing, and the rest of the price is spread over the
days that remain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from config.calendar import Period
from config.money import prorate


def earned_by(on: date, *, price_cents: int, period: Period, frozen: Sequence[Period] = ()) -> int:
    """Cents earned by the service days before `on`: none before, all from the period's end."""
    passed = _service(Period(period.start, min(max(on, period.start), period.end)), frozen)
    return prorate(price_cents, days=passed, of_days=max(1, _service(period, frozen)))


def service_days(
    *,
    price_cents: int,
    period: Period,
    since: date,
    until: date,
    frozen: Sequence[Period] = (),
) -> Iterator[tuple[date, int]]:
    """Each service day of the period in [since, until), with the cents it brings in.

    The days of a whole period always sum to its price; those on hold are left out.
    """
    day = max(since, period.start)
    before = earned_by(day, price_cents=price_cents, period=period, frozen=frozen)
    while day < min(until, period.end):
        day_after = day + timedelta(days=1)
        after = earned_by(day_after, price_cents=price_cents, period=period, frozen=frozen)
        if not any(span.contains(day) for span in frozen):
            yield day, after - before
        day, before = day_after, after


def _service(span: Period, frozen: Sequence[Period]) -> int:
    """Days of a span that are not on hold; holds of one plan do not overlap."""
    return span.days - sum(span.overlap_days(hold) for hold in frozen)
