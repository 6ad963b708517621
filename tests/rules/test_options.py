"""The cheapest way to more sessions, as the desk tells it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.options import compare


def test_three_sessions_of_3862_against_a_booster_of_9932_save_1654() -> None:
    found = compare(sessions=3, overage_each_cents=3862, booster_cents=9932)
    assert (found.overage_cents, found.saves_cents) == (11586, 1654)
    assert found.booster_is_cheaper


@pytest.mark.parametrize(("booster_cents", "cheaper"), [(9899, True), (9900, False), (9901, False)])
def test_a_tie_goes_to_single_sessions(booster_cents: int, cheaper: bool) -> None:
    found = compare(sessions=3, overage_each_cents=3300, booster_cents=booster_cents)
    assert found.booster_is_cheaper is cheaper


@given(st.integers(1, 40), st.integers(0, 10**6), st.integers(0, 10**7))
def test_what_is_saved_is_the_difference(sessions: int, each: int, booster: int) -> None:
    found = compare(sessions=sessions, overage_each_cents=each, booster_cents=booster)
    assert found.booster_cents + found.saves_cents == sessions * each
    assert found.booster_is_cheaper == (booster < sessions * each)


def test_booster_without_sessions_is_a_defect() -> None:
    with pytest.raises(ValueError, match="session"):
        compare(sessions=0, overage_each_cents=1, booster_cents=1)
