"""Splits that sum, roundings that mirror."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import money
from config.calendar import Period

CASES = json.loads((Path(__file__).parent / "data" / "worked_cases.json").read_text())
amounts = st.integers(min_value=-(10**12), max_value=10**12)


def test_a_hundred_dollars_in_three_sessions_gives_the_odd_cent_to_the_first():
    assert money.allocate(10_000, 3) == [3334, 3333, 3333]
    assert money.allocate(-10_000, 3) == [-3334, -3333, -3333]
    assert money.allocate(2, 4) == [1, 1, 0, 0]


@given(amounts, st.integers(min_value=1, max_value=400))
def test_equal_parts_always_sum_and_differ_by_a_cent_at_most(total, parts):
    shares = money.allocate(total, parts)
    assert sum(shares) == total
    assert len(shares) == parts
    assert max(shares) - min(shares) <= 1
    assert sorted(shares, key=abs, reverse=True) == shares


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any))
def test_weighted_parts_always_sum_and_stay_within_a_cent_of_their_share(total, weights):
    shares = money.allocate_by(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - total * weight) < sum(weights)
        if weight == 0:
            assert share == 0


def test_the_largest_remainder_gets_the_cent_and_a_tie_goes_to_the_earlier_one():
    assert money.allocate_by(100, [1, 1, 1]) == [34, 33, 33]
    assert money.allocate_by(10, [1, 2, 4]) == [1, 3, 6]
    assert money.allocate_by(-10, [1, 2, 4]) == [-1, -3, -6]


def test_a_half_cent_rounds_away_from_zero_in_both_directions():
    assert [money.half_up(n, 2) for n in (1, 3, -1, -3)] == [1, 2, -1, -2]
    assert money.half_up(1, 3) == 0
    assert money.half_up(2, 3) == 1


@given(amounts, st.integers(0, 2_000_000))
def test_tax_on_a_credit_note_is_the_invoice_tax_with_the_other_sign(net, rate):
    tax = money.tax_cents(net, rate_ppm=rate)
    assert money.tax_cents(-net, rate_ppm=rate) == -tax
    assert abs(2 * (tax * 1_000_000 - net * rate)) <= 1_000_000


def test_seattle_tax_on_ninety_nine_dollars():
    assert money.tax_cents(9_900, rate_ppm=103_500) == 1_025  # 1024.65


@pytest.mark.parametrize("case", CASES["prorations"], ids=lambda case: case["source"][-60:])
def test_prorations_that_other_engines_worked_out(case):
    full = Period(*map(date.fromisoformat, case["period"]))
    used = Period(*map(date.fromisoformat, case["billed"]))
    assert used.overlap_days(full) == used.days
    cents = money.prorate(case["price_cents"], days=used.days, of_days=full.days)
    assert cents == case["cents"]


def test_no_days_cost_nothing_and_all_days_cost_the_price():
    assert money.prorate(9_999, days=0, of_days=31) == 0
    assert money.prorate(9_999, days=31, of_days=31) == 9_999


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: money.half_up(1, 0),
        lambda: money.half_up(1, -2),
        lambda: money.allocate(1, 0),
        lambda: money.allocate_by(1, []),
        lambda: money.allocate_by(1, [0, 0]),
        lambda: money.allocate_by(1, [2, -1]),
        lambda: money.prorate(1, days=32, of_days=31),
        lambda: money.prorate(1, days=-1, of_days=31),
        lambda: money.prorate(1, days=0, of_days=0),
        lambda: money.tax_cents(1, rate_ppm=-1),
        lambda: money.minor_digits("usd"),
        lambda: money.minor_digits("US"),
        lambda: money.minor_digits("U$D"),
        lambda: money.require_same_currency("USD", "CAD"),
        money.require_same_currency,
    ],
)
def test_a_senseless_sum_is_an_error_not_a_number(mistake):
    with pytest.raises(ValueError):
        mistake()


def test_currencies_know_their_decimal_places():
    assert [money.minor_digits(code) for code in ("USD", "JPY", "KWD")] == [2, 0, 3]
    assert money.require_same_currency("USD", "USD") == "USD"


@given(amounts, st.sampled_from((0, 2, 3)))
def test_an_amount_is_written_in_major_units_with_all_its_decimals(cents, digits):
    assert money.major_text(cents, digits=digits) == f"{Decimal(cents).scaleb(-digits):f}"


def test_a_cent_owed_is_written_with_its_sign_and_zeros():
    assert [money.major_text(c, digits=2) for c in (-5, 0, 1205)] == ["-0.05", "0.00", "12.05"]
    assert money.major_text(-7, digits=3) == "-0.007"
