"""Credits: which go first, where and when they may be used, and that their cents add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Refused
from membership.rules.credits import Credit, in_order_of_use, is_usable, next_value_cents

SEATTLE, BOISE = UUID(int=1), UUID(int=2)
PLAIN = Credit(
    id=UUID(int=10),
    remaining=2,
    state="firm",
    valid_from=date(2027, 1, 4),
    valid_until=date(2027, 1, 14),
    scope_id=None,
    created_at=datetime(2027, 1, 4, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("change", "on", "usable"),
    [
        ({}, date(2027, 1, 4), True),
        ({}, date(2027, 1, 13), True),
        ({}, date(2027, 1, 14), False),
        ({}, date(2027, 1, 3), False),
        ({"valid_until": None}, date(2030, 1, 1), True),
        ({"remaining": 0}, date(2027, 1, 4), False),
        ({"state": "provisional"}, date(2027, 1, 4), True),
        ({"state": "void"}, date(2027, 1, 4), False),
        ({"scope_id": SEATTLE}, date(2027, 1, 4), True),
        ({"scope_id": BOISE}, date(2027, 1, 4), False),
    ],
)
def test_a_credit_is_used_within_its_days_and_place(change: dict, on: date, usable: bool) -> None:
    assert is_usable(replace(PLAIN, **change), location_id=SEATTLE, on=on) is usable


def test_the_soonest_expiry_goes_first_then_the_restricted_then_the_oldest() -> None:
    later = datetime(2027, 1, 5, tzinfo=UTC)
    endless = replace(PLAIN, id=UUID(int=1), valid_until=None)
    younger = replace(PLAIN, id=UUID(int=2), created_at=later)
    bound = replace(PLAIN, id=UUID(int=3), scope_id=SEATTLE, created_at=later)
    soonest = replace(PLAIN, id=UUID(int=4), valid_until=date(2027, 1, 10))
    ordered = in_order_of_use([endless, younger, PLAIN, bound, soonest])
    assert ordered == [soonest, bound, PLAIN, younger, endless]


def test_three_sessions_for_10000_are_worth_3334_3333_3333() -> None:
    left, cents, values = 3, 10000, []
    while left:
        values.append(next_value_cents(remaining=left, remaining_cents=cents))
        left, cents = left - 1, cents - values[-1]
    assert values == [3334, 3333, 3333]


def test_an_empty_grant_has_no_next_credit() -> None:
    with pytest.raises(Refused) as refused:
        next_value_cents(remaining=0, remaining_cents=0)
    assert refused.value.code == "credits_exhausted"


@given(quantity=st.integers(1, 60), cents=st.integers(0, 10**8), undone=st.integers(0, 3))
def test_redeemed_values_always_sum_to_the_price_also_after_undoing(
    quantity: int, cents: int, undone: int
) -> None:
    left, left_cents, earned = quantity, cents, 0
    while left:
        value = next_value_cents(remaining=left, remaining_cents=left_cents)
        assert 0 <= value <= left_cents
        left, left_cents, earned = left - 1, left_cents - value, earned + value
        if undone:
            left, left_cents, earned, undone = left + 1, left_cents + value, earned - value, 0
    assert (earned, left_cents) == (cents, 0)
