"""Another tier: when three periods speak for one, and how quiet it is afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendar import Cycle, Interval
from membership.rules import tiers
from membership.rules.catalog import PlanTerms
from membership.rules.tiers import Held, Use

MONTH = Interval(1, "month")
PLANS = {code: UUID(int=n) for n, code in enumerate(("MAINT-2", "MAINT-4", "MAINT-6", "ALL"), 1)}
PERIODS = [Cycle(date(2027, 1, 10), MONTH).period(n) for n in range(6)]


def plan(
    code: str, tier: int, allowance: int | None, cents: int, every: Interval = MONTH
) -> PlanTerms:
    return PlanTerms(
        plan_version_id=PLANS.get(code, UUID(int=99)), code=code, name=code, tier=tier,
        interval=every, allowance=allowance, rollover_cap=0, rollover_periods=0,
        price_cents=cents, overage_cents=None, currency="USD", commitment_periods=0,
        notice_days=0, hold_min_days=7, hold_max_days=90, roams=True, joining_cents=0,
        hold_fee_cents=0,
    )  # fmt: skip


LADDER = (
    plan("MAINT-2", 1, 2, 7900),
    plan("MAINT-4", 2, 4, 13900),
    plan("MAINT-6", 3, 6, 16900),
    plan("ALL", 9, None, 18600),
)
TWO, FOUR, SIX, ALL = LADDER


def uses(counts: list[int], *, held: PlanTerms = FOUR, frozen: tuple[int, ...] = ()) -> list[Use]:
    return [
        Use(PLANS[held.code], span.start, span.end, 8 if n in frozen else 0, count)
        for n, (span, count) in enumerate(zip(PERIODS, counts, strict=False))
    ]


def step(
    counts: list[int], on: date, held: PlanTerms = FOUR, frozen: tuple[int, ...] = ()
) -> str | None:
    return tiers.step(
        uses(counts, held=held, frozen=frozen),
        held=Held(PLANS[held.code], held),
        lower=tiers.below(held, LADDER),
        upper=tiers.above(held, LADDER),
        on=on,
    )


APRIL_10, MAY_10 = date(2027, 4, 10), date(2027, 5, 10)


@pytest.mark.parametrize(
    ("counts", "on", "held", "expected"),
    [
        ([1, 2, 1], APRIL_10, FOUR, "down"),
        ([1, 2, 1], date(2027, 4, 9), FOUR, None),  # the third period still runs
        ([1, 3, 1], APRIL_10, FOUR, None),
        ([2, 2, 2], APRIL_10, FOUR, "down"),
        ([0, 0, 0], APRIL_10, TWO, None),  # nothing below the lowest
        ([9, 1, 2, 1], MAY_10, FOUR, "down"),
        ([1, 2, 1, 9], MAY_10, FOUR, None),
        ([5, 6, 5], APRIL_10, FOUR, "up"),
        ([4, 4, 4], APRIL_10, FOUR, None),  # all used up, and not one more
        ([5, 4, 5], APRIL_10, FOUR, None),
        ([30, 30, 30], APRIL_10, ALL, None),  # unlimited is never full
        ([6, 5, 6], APRIL_10, ALL, "down"),
        ([7, 7, 7], APRIL_10, SIX, "up"),
        ([1, 1], APRIL_10, FOUR, None),
    ],
)
def test_three_periods_in_a_row_speak_for_another_tier(
    counts: list[int], on: date, held: PlanTerms, expected: str | None
) -> None:
    assert step(counts, on, held) == expected


def test_a_period_with_a_hold_in_it_says_nothing_and_is_passed_over() -> None:
    assert step([1, 0, 2, 1], MAY_10, frozen=(1,)) == "down"
    assert step([1, 0, 2], APRIL_10, frozen=(1,)) is None


def test_periods_of_another_plan_are_not_asked() -> None:
    before = Use(PLANS["MAINT-2"], date(2026, 12, 10), date(2027, 1, 10), 0, 1)
    found = tiers.looked_at([before, *uses([1, 1])], plan_id=PLANS["MAINT-4"], on=MAY_10)
    assert [use.used for use in found] == [1, 1]


def test_the_next_tier_is_of_the_same_interval_and_the_lower_one_is_cheaper() -> None:
    weekly = plan("WEEKLY", 1, 1, 2500, Interval(1, "week"))
    dear = plan("DEAR", 1, 3, 14000)
    assert tiers.below(FOUR, (weekly, dear, TWO)) == TWO
    assert tiers.below(FOUR, (weekly, dear)) is None
    assert tiers.below(ALL, LADDER) == SIX
    assert (tiers.above(TWO, LADDER), tiers.above(SIX, LADDER)) == (FOUR, ALL)
    assert tiers.above(ALL, LADDER) is None


@pytest.mark.parametrize(
    ("bought", "enough"),
    [
        ([date(2027, 2, 20), date(2027, 5, 20)], True),  # 89 days apart
        ([date(2027, 2, 19), date(2027, 5, 20)], False),  # 90
        ([date(2027, 5, 20)], False),
        ([date(2027, 5, 20), date(2027, 5, 20)], True),
        ([date(2027, 5, 20), date(2027, 5, 21)], False),  # the second is of tomorrow
    ],
)
def test_two_boosters_within_ninety_days_are_enough(bought: list[date], enough: bool) -> None:
    assert tiers.enough_boosters(bought, on=date(2027, 5, 20)) is enough


@given(st.lists(st.integers(0, 9), min_size=4, max_size=24), st.sampled_from(LADDER))
def test_suggestions_keep_ninety_days_apart_and_whoever_takes_one_is_not_asked_back(
    counts: list[int], held: PlanTerms
) -> None:
    """A life of periods in which every suggestion is taken at once, as the worst case."""
    cycle, quiet, told, lived = Cycle(date(2027, 1, 31), MONTH), None, [], []
    for n, count in enumerate(counts):
        span = cycle.period(n)
        lived.append(Use(PLANS[held.code], span.start, span.end, 0, count))
        lower, upper = tiers.below(held, LADDER), tiers.above(held, LADDER)
        found = tiers.step(
            lived, held=Held(PLANS[held.code], held), lower=lower, upper=upper, on=span.end
        )
        if found is None or tiers.is_quiet(quiet, on=span.end):
            continue
        told.append(span.end)
        quiet = tiers.quiet_until(span.end)
        last = [use.used for use in lived[-3:]]
        target = lower if found == "down" else upper
        assert target is not None
        if found == "down":  # what was used fits, so it would not have been full there
            assert target.allowance is not None
            assert max(last) <= target.allowance
        else:
            assert held.allowance is not None
            assert min(last) > held.allowance
        held = target
    gaps = [later - earlier for earlier, later in pairwise(told)]
    assert all(gap >= timedelta(days=90) for gap in gaps)


@given(st.integers(0, 12), st.sampled_from(LADDER))
def test_somebody_of_steady_habits_settles_on_a_tier(count: int, held: PlanTerms) -> None:
    seen = []
    for _ in range(6):
        found = step([count, count, count], APRIL_10, held)
        if found is None:
            break
        nearest = tiers.below if found == "down" else tiers.above
        target = nearest(held, LADDER)
        assert target is not None
        held = target
        assert held.code not in seen
        seen.append(held.code)
    assert step([count, count, count], APRIL_10, held) is None
