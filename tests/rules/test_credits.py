"""Credits: which go first, where and when they may be used, and that their cents add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Refused
from membership.rules.credits import (
    Credit,
    Unspent,
    in_order_of_use,
    is_usable,
    kept_at_rollover,
    next_value_cents,
    rolls_on,
)

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


def unspent(*batches: tuple[int, int, int]) -> list[Unspent]:
    """Batches as (sessions, cents, month in whose first day they end)."""
    return [
        Unspent(UUID(int=n), left, cents, date(2027, month, 1))
        for n, (left, cents, month) in enumerate(batches)
    ]


def test_three_sessions_of_3475_under_a_cap_of_two_lose_one() -> None:
    (cut,) = kept_at_rollover(unspent((3, 10425, 8)), cap=2)
    assert (cut.kept, cut.lost, cut.lost_cents) == (2, 1, 3475)


def test_sessions_that_last_longest_are_kept() -> None:
    cuts = kept_at_rollover(unspent((2, 6000, 3), (2, 8000, 4), (1, 5000, 5)), cap=2)
    assert [(cut.kept, cut.lost, cut.lost_cents) for cut in cuts] == [
        (1, 0, 0), (1, 1, 4000), (0, 2, 6000),
    ]  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99_999), st.integers(1, 12)), max_size=5),
    st.integers(0, 12),
)
def test_rollover_keeps_at_most_the_cap_and_loses_no_cent(
    batches: list[tuple[int, int, int]], cap: int
) -> None:
    held = unspent(*((n, cents if n else 0, month) for n, cents, month in batches))
    cuts = {cut.id: cut for cut in kept_at_rollover(held, cap=cap)}
    assert sum(cut.kept for cut in cuts.values()) == min(cap, sum(b.remaining for b in held))
    for batch in held:
        cut = cuts[batch.id]
        assert cut.kept + cut.lost == batch.remaining
        assert 0 <= cut.lost_cents <= batch.remaining_cents
        assert cut.lost or not cut.lost_cents
        assert cut.kept or cut.lost_cents == batch.remaining_cents


def test_cap_below_zero_is_a_defect() -> None:
    with pytest.raises(ValueError, match="cap"):
        kept_at_rollover([], cap=-1)


def test_credits_are_cut_to_the_cap_when_their_period_ends_if_they_outlive_it() -> None:
    end = date(2027, 3, 10)
    assert rolls_on(period_end=end, valid_until=date(2027, 4, 10)) == end
    assert rolls_on(period_end=end, valid_until=end) is None
