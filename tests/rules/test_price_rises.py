"""Price rises: the first renewal that may be dearer, who is left out, and what proves a notice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendar import Cycle, Interval
from membership.rules.price_rises import (
    Schedule,
    Told,
    earliest,
    first_renewal,
    guarded,
    is_renewal,
    left_out,
    proof,
)

MONTHLY = Interval(1, "month")
ON_10 = Schedule(Cycle(date(2027, 1, 10), MONTHLY, 10), 0, 3)
ON_31 = Schedule(Cycle(date(2027, 1, 31), MONTHLY, 31), 0, 1)
ON_25 = Schedule(Cycle(date(2027, 6, 25), MONTHLY, 25), 5, 5)  # a hold set a new anchor
FORTNIGHTS = Schedule(Cycle(date(2027, 1, 6), Interval(2, "week"), 6), 0, 2)
JUNE_10 = date(2027, 6, 10)


@pytest.mark.parametrize(
    ("schedule", "not_before", "expected"),
    [
        (ON_10, date(2027, 5, 11), JUNE_10),
        (ON_10, JUNE_10, JUNE_10),
        (ON_10, date(2026, 1, 1), date(2027, 4, 10)),  # what was billed stays billed
        (ON_31, date(2027, 2, 2), date(2027, 2, 28)),
        (ON_31, date(2027, 3, 1), date(2027, 3, 31)),
        (ON_25, date(2027, 6, 26), date(2027, 7, 25)),
        (FORTNIGHTS, date(2027, 2, 4), date(2027, 2, 17)),
    ],
)
def test_rise_applies_at_the_first_renewal_on_or_after_its_day(
    schedule: Schedule, not_before: date, expected: date
) -> None:
    assert first_renewal(schedule, not_before=not_before) == expected
    assert is_renewal(schedule, expected)
    assert not is_renewal(schedule, expected + timedelta(days=1))


def test_soonest_day_leaves_room_for_the_longest_notice() -> None:
    days = (14, 7)
    assert earliest(JUNE_10, on=date(2027, 5, 1), notice_days=days) == JUNE_10
    assert earliest(JUNE_10, on=date(2027, 5, 27), notice_days=days) == JUNE_10
    assert earliest(JUNE_10, on=date(2027, 5, 28), notice_days=days) == date(2027, 6, 11)
    assert earliest(JUNE_10, on=date(2027, 6, 20), notice_days=()) == date(2027, 6, 20)


@pytest.mark.parametrize(
    ("status", "ends_on", "changing", "code"),
    [
        ("active", None, False, None),
        ("grace", None, False, None),
        ("locked", None, False, None),
        ("frozen", None, False, None),
        ("pending", None, False, "agreed_price"),
        ("ended", None, False, "ended"),
        ("active", JUNE_10, False, "leaving"),
        ("active", date(2027, 6, 11), False, None),
        ("active", None, True, "changing"),
    ],
)
def test_who_keeps_the_price(
    status: str, ends_on: date | None, changing: bool, code: str | None
) -> None:
    assert left_out(status=status, ends_on=ends_on, changing=changing, applies_on=JUNE_10) == code


def test_one_rise_a_calendar_year_where_the_land_says_so() -> None:
    january, december = date(2027, 1, 10), date(2026, 12, 31)
    assert guarded(JUNE_10, raised_on=[january], per_year=1)
    assert not guarded(JUNE_10, raised_on=[january], per_year=2)
    assert not guarded(JUNE_10, raised_on=[december], per_year=1)
    assert not guarded(JUNE_10, raised_on=[january, january], per_year=0)


IN_TIME = (Told(14, "delivered", date(2027, 5, 27)), Told(7, "delivered", date(2027, 6, 3)))


@pytest.mark.parametrize(
    ("told", "on", "expected"),
    [
        (IN_TIME, JUNE_10, "given"),
        ((IN_TIME[0], Told(7, "sent", date(2027, 6, 3))), JUNE_10, "waiting"),
        ((IN_TIME[0], Told(7, "planned", None)), date(2027, 6, 3), "waiting"),
        ((IN_TIME[0], Told(7, "planned", None)), date(2027, 6, 4), "late"),
        ((IN_TIME[0], Told(7, "delivered", date(2027, 6, 4))), JUNE_10, "late"),
        ((Told(14, "failed", date(2027, 5, 27)), IN_TIME[1]), JUNE_10, "failed"),
        ((Told(14, "failed", date(2027, 5, 30)), IN_TIME[1]), JUNE_10, "failed"),
        ((), JUNE_10, "given"),
    ],
)
def test_every_notice_leaves_in_time_and_arrives(
    told: tuple[Told, ...], on: date, expected: str
) -> None:
    assert proof(told, applies_on=JUNE_10, on=on) == expected


@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.integers(0, 24),
    st.dates(date(2026, 1, 1), date(2031, 12, 31)),
    st.sampled_from([MONTHLY, Interval(3, "month"), Interval(1, "week"), Interval(4, "week")]),
)
def test_no_renewal_between_the_day_and_the_raised_one_is_left_out(
    anchor: date, next_n: int, not_before: date, every: Interval
) -> None:
    schedule = Schedule(Cycle(anchor, every, anchor.day), 0, next_n)
    found = first_renewal(schedule, not_before=not_before)
    assert found >= not_before
    assert found >= schedule.cycle.period(next_n).start
    n = schedule.cycle.index_of(found)
    assert schedule.cycle.period(n).start == found
    assert n == next_n or schedule.cycle.period(n - 1).start < not_before
