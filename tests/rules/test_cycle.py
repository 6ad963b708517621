"""What a membership owes next is computed from its anchor and its terms alone."""

from datetime import date
from uuid import UUID

import pytest

from membership.rules.cycle import Holding, next_due
from membership.rules.due import Due, HeldBack

PERIOD = UUID(int=9)


def held(**more: object) -> Holding:
    """A member of MAINT-2 at 79.00 a month since January 31st, about to begin period 1."""
    terms: dict[str, object] = {
        "location_id": UUID(int=1),
        "location_currency": "USD",
        "membership_id": UUID(int=2),
        "member_id": UUID(int=3),
        "status": "active",
        "anchor": date(2027, 1, 31),
        "anchor_day": 31,
        "anchor_n": 0,
        "next_n": 1,
        "next_due_on": date(2027, 2, 28),
        "plan_version_id": UUID(int=4),
        "price_cents": 7900,
        "currency": "USD",
        "consent_id": None,
        "interval_count": 1,
        "interval_unit": "month",
        "allowance": 2,
        "rollover_cap": 2,
        "rollover_periods": 1,
        "plan_code": "MAINT-2",
        "plan_name": "Maintenance 2",
    }
    return Holding(**(terms | more))  # type: ignore[arg-type]


def due(**more: object) -> Due:
    found = next_due(held(**more), period_id=PERIOD)
    assert isinstance(found, Due)
    return found


def test_member_of_january_31st_owes_february_28th_to_march_31st() -> None:
    found = due()
    assert (found.start, found.end) == (date(2027, 2, 28), date(2027, 3, 31))
    assert (found.next_n, found.next_due_on) == (2, date(2027, 3, 31))
    assert found.reason == "renewal"
    assert found.description == "Maintenance 2, 2027-02-28 to 2027-03-30"


def test_the_dates_of_two_years_from_january_31st_never_drift() -> None:
    n, on, starts = 0, date(2027, 1, 31), []
    while n < 15:
        found = due(next_n=n, next_due_on=on)
        starts.append(found.start)
        n, on = found.next_n, found.next_due_on
    assert starts[:5] == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
        date(2027, 5, 31),
    ]
    assert starts[13:] == [date(2028, 2, 29), date(2028, 3, 31)]


def test_a_pending_plan_owes_its_first_period() -> None:
    found = due(status="pending", next_n=0, next_due_on=date(2027, 1, 31))
    assert found.reason == "first_period"
    assert found.start == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("cap", "periods", "until"),
    [
        (2, 1, date(2027, 4, 30)),
        (2, 0, date(2027, 3, 31)),
        (0, 1, date(2027, 3, 31)),
        (2, 3, date(2027, 6, 30)),
    ],
)
def test_credits_live_on_for_the_rollover_of_their_plan(
    cap: int, periods: int, until: date
) -> None:
    assert due(rollover_cap=cap, rollover_periods=periods).credits_until == until


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"price_cents": -1}, "price_negative"),
        ({"location_currency": "CAD"}, "currency_mismatch"),
        ({"allowance": 0}, "allowance_broken"),
        ({"rollover_periods": -1}, "rollover_broken"),
        ({"interval_count": 0}, "terms_broken"),
        ({"interval_unit": "moon"}, "terms_broken"),
        ({"anchor_day": 32}, "terms_broken"),
        ({"next_n": -1}, "terms_broken"),
        ({"next_due_on": date(2027, 3, 1)}, "off_its_anchor"),
    ],
)
def test_a_membership_with_broken_terms_is_held_back_with_the_reason(
    broken: dict[str, object], code: str
) -> None:
    found = next_due(held(**broken), period_id=PERIOD)
    assert isinstance(found, HeldBack)
    assert found.code == code
    assert found.membership_id == UUID(int=2)
    assert found.reason


def test_after_a_hold_the_periods_are_counted_from_the_new_anchor() -> None:
    shifted = {"anchor": date(2027, 3, 25), "anchor_day": 25, "anchor_n": 2}
    found = due(**shifted, next_n=2, next_due_on=date(2027, 3, 25))
    assert (found.period_n, found.start, found.end) == (2, date(2027, 3, 25), date(2027, 4, 25))
    assert due(**shifted, next_n=3, next_due_on=date(2027, 4, 25)).end == date(2027, 5, 25)


@pytest.mark.parametrize(("n", "joining_cents"), [(0, 2500), (1, 0)])
def test_the_joining_fee_comes_with_the_first_period_alone(n: int, joining_cents: int) -> None:
    on = date(2027, 2, 28) if n else date(2027, 1, 31)
    assert due(next_n=n, next_due_on=on, joining_cents=2500).joining_cents == joining_cents


def test_a_plan_that_costs_nothing_and_one_of_a_single_session_are_billed() -> None:
    assert due(price_cents=0).price_cents == 0
    assert due(allowance=1).allowance == 1
