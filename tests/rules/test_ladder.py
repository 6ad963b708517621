"""The price ladder warns of prices that hardly fit together, and of nothing else."""

from __future__ import annotations

from uuid import UUID

import pytest

from config.calendar import Interval
from membership.rules.catalog import Offers, PackTerms, PlanTerms
from membership.rules.ladder import Rung, warnings

KEY = UUID(int=1)


def booster(cents: int, sessions: int = 3) -> PackTerms:
    return PackTerms(KEY, "BOOSTER", "booster", "Booster", sessions, 14, 30, cents, "USD", True)


def tier(
    code: str,
    rank: int,
    allowance: int | None,
    cents: int,
    overage_cents: int | None,
    interval: Interval = Interval(1, "month"),  # noqa: B008 - a frozen value
) -> PlanTerms:
    return PlanTerms(
        plan_version_id=KEY, code=code, name=code, tier=rank, interval=interval,
        allowance=allowance, rollover_cap=0, rollover_periods=0, price_cents=cents,
        overage_cents=overage_cents, currency="USD", commitment_periods=0, notice_days=0,
        hold_min_days=7, hold_max_days=90, roams=True, joining_cents=0, hold_fee_cents=0,
    )  # fmt: skip


MAINT_2 = tier("MAINT-2", 1, 2, 7900, 3500)
MAINT_4 = tier("MAINT-4", 2, 4, 13900, 3000)
UNLIMITED = tier("UNLIMITED", 3, None, 18600, None)
LIST = (MAINT_2, MAINT_4, UNLIMITED)


@pytest.mark.parametrize(
    ("cents", "sessions", "expected"),
    [
        (9000, 3, []),  # as dear as three single ones on MAINT-4: no warning
        (9001, 3, [("MAINT-4", 1)]),
        (10500, 3, [("MAINT-4", 1500)]),
        (12000, 3, [("MAINT-2", 1500), ("MAINT-4", 3000)]),
        (3001, 1, [("MAINT-4", 1)]),
    ],
)
def test_a_booster_dearer_than_single_sessions_of_any_plan_is_warned_of(
    cents: int, sessions: int, expected: list[tuple[str, int]]
) -> None:
    found = warnings(Offers((booster(cents, sessions),), LIST))
    assert [(rung.beside, rung.above_cents) for rung in found] == expected
    assert {rung.code for rung in found} <= {"booster_above_overage"}


def test_other_packs_may_cost_what_they_like() -> None:
    dear = PackTerms(KEY, "DROP-IN", "drop_in", "One", 1, 0, 90, 99999, "USD", True)
    assert warnings(Offers((dear,), LIST)) == ()


@pytest.mark.parametrize(
    ("upper_cents", "code"),
    [
        (7900, "rung_not_dearer"),
        (7000, "rung_not_dearer"),
        (7901, None),
        (15800, None),
        (15801, "rung_dearer_each"),
    ],
)
def test_a_higher_tier_costs_more_in_all_and_no_more_a_session(
    upper_cents: int, code: str | None
) -> None:
    found = warnings(Offers((), (MAINT_2, tier("MAINT-4", 2, 4, upper_cents, None))))
    assert [rung.code for rung in found] == ([code] if code else [])
    assert all(isinstance(rung, Rung) and rung.above_cents >= 0 for rung in found)


def test_plans_of_other_intervals_are_not_compared() -> None:
    weekly = tier("WEEKLY", 2, 1, 2500, None, Interval(1, "week"))
    assert warnings(Offers((), (MAINT_2, weekly))) == ()
