"""What entries add to the sums that reports read: by day, by month, and by detail."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from locations.rules.entries import (
    DetailKey,
    Entry,
    Leg,
    Sums,
    sums_by_day,
    sums_by_detail,
    sums_by_month,
)

SEA, SOURCE, BILL = UUID(int=1), UUID(int=7), UUID(int=8)
ON = date(2027, 1, 31)


def test_two_entries_of_one_kind_and_day_add_up_by_day_month_and_detail() -> None:
    legs = (Leg("deferred_time", SEA, 600, "UNLIMITED"), Leg("earned_time", SEA, -600))
    first = Entry("time_earned", "plan_day", SOURCE, ON, "USD", legs)
    alike = [first, first._replace(source_id=BILL), first._replace(occurred_on=date(2027, 1, 2))]
    days = sums_by_day(alike)
    assert {(key.account, key.day): sums for key, sums in days.items()} == {
        ("deferred_time", ON): Sums(1200, 0, 2),
        ("earned_time", ON): Sums(0, 1200, 2),
        ("deferred_time", date(2027, 1, 2)): Sums(600, 0, 1),
        ("earned_time", date(2027, 1, 2)): Sums(0, 600, 1),
    }
    january = date(2027, 1, 1)
    assert {(key.account, key.day): sums for key, sums in sums_by_month(days).items()} == {
        ("deferred_time", january): Sums(1800, 0, 3),
        ("earned_time", january): Sums(0, 1800, 3),
    }
    assert sums_by_detail(alike) == {
        DetailKey(SEA, january, "deferred_time", "UNLIMITED", "time_earned"): Sums(1800, 0, 3)
    }
    back = first._replace(legs=tuple(leg._replace(amount_cents=-leg.amount_cents) for leg in legs))
    (sums,) = sums_by_detail([back]).values()
    assert sums == Sums(0, 600, 1)
