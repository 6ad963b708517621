"""MRR moves are the difference of before and after, named by their cause."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.rules.mrr import Move, monthly_cents, moves

SEA, BOI = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("price_cents", "count", "unit", "a_month"),
    [
        (7900, 1, "month", 7900),
        (79900, 12, "month", 6658),
        (23700, 3, "month", 7900),
        (3000, 1, "week", 13000),
        (5999, 2, "week", 12998),
    ],
)
def test_a_period_s_price_as_a_month_s(price_cents, count, unit, a_month):
    assert monthly_cents(price_cents, interval_count=count, interval_unit=unit) == a_month


@pytest.mark.parametrize(
    ("stands", "wanted", "cause", "again", "expected"),
    [
        ({}, {SEA: 7900}, "started", False, [Move(SEA, "new", 7900)]),
        ({}, {SEA: 7900}, "started", True, [Move(SEA, "reactivation", 7900)]),
        ({SEA: 13900}, {SEA: 7900}, "terms", False, [Move(SEA, "contraction", -6000)]),
        ({SEA: 7900}, {SEA: 13900}, "terms", False, [Move(SEA, "expansion", 6000)]),
        ({SEA: 13900}, {}, "frozen", False, [Move(SEA, "frozen", -13900)]),
        ({}, {SEA: 13900}, "resumed", False, [Move(SEA, "resumed", 13900)]),
        ({SEA: 13900}, {}, "ended", False, [Move(SEA, "churn", -13900)]),
        ({}, {}, "ended", False, []),
        ({SEA: 7900}, {SEA: 7900}, "terms", False, []),
        (
            {SEA: 13900},
            {BOI: 13900},
            "moved",
            False,
            [Move(SEA, "moved_out", -13900), Move(BOI, "moved_in", 13900)],
        ),
        ({SEA: 13900}, {SEA: 12900}, "moved", False, [Move(SEA, "contraction", -1000)]),
        ({}, {BOI: 13900}, "moved", False, [Move(BOI, "expansion", 13900)]),
        ({SEA: 13900}, {}, "moved", False, [Move(SEA, "contraction", -13900)]),
        (
            {BOI: 13900},
            {SEA: 13900},
            "terms",
            False,
            [Move(SEA, "expansion", 13900), Move(BOI, "contraction", -13900)],
        ),
    ],
)
def test_a_change_moves_the_mrr(stands, wanted, cause, again, expected):
    assert moves(stands, wanted, cause=cause, again=again) == expected


amounts = st.dictionaries(st.sampled_from([SEA, BOI]), st.integers(1, 50_000), max_size=1)


@given(amounts, amounts, st.sampled_from(["started", "ended", "terms", "moved", "frozen"]))
def test_after_the_moves_stands_what_was_wanted(stands, wanted, cause):
    after = dict(stands)
    for move in moves(stands, wanted, cause=cause, again=False):
        after[move.location_id] = after.get(move.location_id, 0) + move.delta_cents
    assert {place: cents for place, cents in after.items() if cents} == wanted
