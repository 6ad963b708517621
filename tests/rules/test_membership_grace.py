"""How long an unpaid plan lets its member in, and when it lapses."""

from datetime import date

from membership.rules.grace import abandoned_on, grace_until, lapse_on


def test_a_month_that_fails_on_june_1st_is_open_through_june_7th() -> None:
    until = grace_until(
        failed_on=date(2027, 6, 1), period_start=date(2027, 6, 1), period_end=date(2027, 7, 1)
    )
    assert until == date(2027, 6, 8)


def test_a_week_has_half_of_itself_as_grace() -> None:
    until = grace_until(
        failed_on=date(2027, 6, 1), period_start=date(2027, 6, 1), period_end=date(2027, 6, 8)
    )
    assert until == date(2027, 6, 4)


def test_an_unpaid_february_lapses_with_its_period() -> None:
    assert lapse_on(arrears_since=date(2027, 2, 1), period_end=date(2027, 3, 1)) == date(2027, 3, 1)


def test_an_unpaid_quarter_lapses_thirty_days_after_it_fell_due() -> None:
    ends = lapse_on(arrears_since=date(2027, 1, 1), period_end=date(2027, 4, 1))
    assert ends == date(2027, 1, 31)


def test_a_start_of_january_14th_is_given_up_on_the_28th() -> None:
    assert abandoned_on(anchor=date(2027, 1, 14)) == date(2027, 1, 28)
