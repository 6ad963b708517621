"""When owners of ending cards are told, and how much of what failed came back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from billing.rules.card_expiry import Ending, ending
from billing.rules.recovery import rate_text

JUNE_30, FEBRUARY_28 = date(2027, 6, 30), date(2027, 2, 28)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2027, 5, 30), []),
        (date(2027, 5, 31), [Ending(30, JUNE_30)]),
        (date(2027, 6, 3), [Ending(30, JUNE_30)]),
        (date(2027, 6, 4), []),
        (date(2027, 6, 22), []),
        (date(2027, 6, 23), [Ending(7, JUNE_30)]),
        (date(2027, 6, 26), [Ending(7, JUNE_30)]),
        (date(2027, 6, 27), []),
        (date(2027, 1, 29), [Ending(30, FEBRUARY_28)]),
        (date(2027, 2, 21), [Ending(7, FEBRUARY_28)]),
        (date(2027, 12, 1), [Ending(30, date(2027, 12, 31))]),
    ],
)
def test_a_card_is_told_of_thirty_and_seven_days_before_the_end_of_its_month(
    on: date, expected: list[Ending]
) -> None:
    assert ending(on) == expected


def test_every_month_of_a_leap_year_has_both_notices_once_and_three_days_to_be_late() -> None:
    days = [date(2028, 1, 1) + timedelta(days=n) for n in range(366)]
    told = [(one.days, one.last_day) for on in days for one in ending(on)]
    for month in range(2, 13):
        last = date(2028 + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        assert told.count((30, last)) == told.count((7, last)) == 4


@pytest.mark.parametrize(
    ("back", "of", "expected"),
    [(0, 0, ""), (0, 8714, "0.0%"), (8714, 8714, "100.0%"), (1, 3, "33.3%"), (2, 3, "66.7%")],
)
def test_the_rate_is_the_share_that_came_back(back: int, of: int, expected: str) -> None:
    assert rate_text(back, of_cents=of) == expected
