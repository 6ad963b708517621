"""When the parts of a day's billing may begin. Pure; times are the studio's own."""

from __future__ import annotations

from datetime import date, time

RENEWALS_FROM = time(0, 5)
FIRST_CHARGES_FROM = time(9, 0)
# On SQLite a desk that checks somebody in waits for the batch that is being written.
BATCH_S = 0.1
LEAST_BATCH = 50


def reasons_open(*, day: date, today: date, at: time) -> frozenset[str]:
    """What may be issued for `day` when it is `today` and `at` on the studio's wall.

    Conversions charge from 09:00 so that seven days of notice are whole; a day that was
    missed is wholly open.
    """
    if day > today:
        return frozenset()
    if day < today:
        return frozenset({"renewal", "first_period"})
    opened: set[str] = set()
    if at >= RENEWALS_FROM:
        opened.add("renewal")
    if at >= FIRST_CHARGES_FROM:
        opened.add("first_period")
    return frozenset(opened)


def next_batch(size: int, *, took_s: float, most: int) -> int:
    """How many to issue next after `size` took `took_s` seconds, to take BATCH_S or less.

    Never more than twice as many at once: the first batch may have met a warm cache.
    """
    fitting = int(size * BATCH_S / took_s) if took_s > 0 else most
    return max(LEAST_BATCH, min(fitting, 2 * size, most))
