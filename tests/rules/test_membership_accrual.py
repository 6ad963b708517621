"""An unlimited plan earns by service day and sums to its price."""

from datetime import date, timedelta

from config.calendar import Period
from membership.rules.accrual import earned_by, service_days

FEBRUARY = Period(date(2027, 2, 1), date(2027, 3, 1))
PRICE = 18600


def test_nothing_is_earned_on_the_morning_of_the_first_day() -> None:
    assert earned_by(date(2027, 2, 1), price_cents=PRICE, period=FEBRUARY) == 0
    assert earned_by(date(2027, 1, 1), price_cents=PRICE, period=FEBRUARY) == 0


def test_half_of_february_is_half_of_the_price_and_all_of_it_all() -> None:
    assert earned_by(date(2027, 2, 15), price_cents=PRICE, period=FEBRUARY) == 9300
    assert earned_by(date(2027, 9, 9), price_cents=PRICE, period=FEBRUARY) == PRICE


def test_the_days_of_every_period_sum_to_the_price_however_they_are_cut() -> None:
    for days in range(1, 93):
        period = Period(date(2027, 1, 31), date(2027, 1, 31) + timedelta(days=days))
        cut = period.start + timedelta(days=days // 3)
        first = list(service_days(price_cents=9999, period=period, since=period.start, until=cut))
        rest = list(service_days(price_cents=9999, period=period, since=cut, until=date.max))
        assert sum(cents for _, cents in first + rest) == 9999
        assert [day for day, _ in first + rest] == [
            period.start + timedelta(days=n) for n in range(days)
        ]
        assert all(cents >= 0 for _, cents in first + rest)
