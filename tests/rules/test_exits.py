"""Ending early: when a cancelled plan ends, and what is credited, kept and taxed, to the cent."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.rules import credit
from config.calendar import Cycle, Interval
from config.money import tax_cents
from locations.rules.entries import SaleLine
from membership.rules import exits

QUICK = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
MONTHLY = Interval(1, "month")


def line(net: int, tax: int, account: str = "deferred_sessions", name: str = "WA") -> SaleLine:
    return SaleLine("MAINT-4", account, net, name, tax)


@QUICK
@given(net=st.integers(1, 500_000), rate=st.integers(0, 300_000), data=st.data())
def test_credited_and_kept_are_the_original_and_so_is_their_tax(net, rate, data):
    sold = [line(net, tax_cents(net, rate_ppm=rate))]
    unused = data.draw(st.integers(0, net))
    found = credit.share(sold, [], unused_cents=unused)
    assert found.net_cents == unused
    assert 0 <= found.tax_cents <= sold[0].tax_cents
    kept = credit.whole(sold, found.lines)
    assert found.net_cents + kept.net_cents == net
    assert found.tax_cents + kept.tax_cents == sold[0].tax_cents
    assert found.total_cents + kept.total_cents == net + sold[0].tax_cents


@QUICK
@given(net=st.integers(1, 500_000), rate=st.integers(0, 300_000), data=st.data())
def test_credits_one_after_another_come_to_the_same_as_one(net, rate, data):
    sold = [line(net, tax_cents(net, rate_ppm=rate))]
    first = data.draw(st.integers(0, net))
    second = data.draw(st.integers(0, net - first))
    one = credit.share(sold, [], unused_cents=first)
    two = credit.share(sold, one.lines, unused_cents=second)
    together = credit.share(sold, [], unused_cents=first + second)
    assert one.tax_cents + two.tax_cents == together.tax_cents
    assert two.tax_cents >= 0


@QUICK
@given(
    lines=st.lists(
        st.tuples(
            st.integers(1, 50_000),
            st.integers(0, 9_000),
            st.sampled_from(["deferred_sessions", "deferred_time", "fees"]),
            st.sampled_from(["WA", "ID"]),
        ),
        min_size=1,
        max_size=4,
    ),
    data=st.data(),
)
def test_fees_are_kept_unless_everything_goes_back(lines, data):
    sold = [line(*one) for one in lines]
    room = credit.creditable_cents(sold, [])
    assert room == sum(one.net_cents for one in sold if one.liability_account != "fees")
    found = credit.share(sold, [], unused_cents=data.draw(st.integers(0, room)))
    assert all(one.liability_account != "fees" for one in found.lines)
    rest = credit.whole(sold, found.lines)
    assert found.total_cents + rest.total_cents == sum(x.net_cents + x.tax_cents for x in sold)
    assert credit.whole(sold, [*found.lines, *rest.lines]).lines == ()


def test_a_change_in_the_middle_of_a_period_is_one_sum_of_its_two_lines():
    changed = [line(-255, -26), line(448, 46)]
    assert credit.creditable_cents(changed, []) == 193
    found = credit.share(changed, [], unused_cents=193)
    assert [(x.net_cents, x.tax_cents) for x in found.lines] == [(193, 20)]
    assert credit.share(changed, [], unused_cents=97).tax_cents == 10


def test_more_than_was_promised_is_never_credited():
    sold = [line(7900, 818), line(2500, 259, "fees")]
    with pytest.raises(ValueError, match="cannot give back 7901 of 7900"):
        credit.share(sold, [], unused_cents=7901)
    with pytest.raises(ValueError, match="cannot give back -1"):
        credit.share(sold, [], unused_cents=-1)
    assert credit.whole(sold, []).total_cents == 7900 + 818 + 2500 + 259


def test_three_of_four_sessions_take_their_share_of_the_tax_along():
    sold = [line(13900, 1439)]
    found = credit.share(sold, [], unused_cents=10425)
    assert (found.net_cents, found.tax_cents, found.total_cents) == (10425, 1079, 11504)


# on, notice, bound until, ends on: monthly from June 1
ENDS = [
    (date(2027, 6, 12), 0, None, date(2027, 7, 1)),
    (date(2027, 6, 12), 19, None, date(2027, 7, 1)),
    (date(2027, 6, 12), 20, None, date(2027, 8, 1)),
    (date(2027, 6, 12), 60, None, date(2027, 9, 1)),
    (date(2027, 6, 12), 0, date(2027, 9, 1), date(2027, 9, 1)),
    (date(2027, 6, 12), 0, date(2027, 9, 2), date(2027, 10, 1)),
    (date(2027, 6, 12), 0, date(2027, 6, 15), date(2027, 7, 1)),
    (date(2027, 6, 12), 30, date(2027, 7, 1), date(2027, 8, 1)),
    (date(2027, 7, 1), 0, None, date(2027, 7, 1)),
]


@pytest.mark.parametrize(("on", "notice", "bound", "expected"), ENDS)
def test_a_plan_ends_with_the_first_period_that_notice_and_commitment_leave(
    on, notice, bound, expected
):
    cycle = Cycle(date(2027, 6, 1), MONTHLY)
    found = exits.ends_on(
        on=on, period_end=date(2027, 7, 1), notice=notice, bound=bound, cycle=cycle, n=1
    )
    assert found == expected


@QUICK
@given(
    anchor=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    periods=st.integers(0, 40),
    days=st.integers(0, 27),
    notice=st.integers(0, 90),
    count=st.integers(1, 3),
    unit=st.sampled_from(["week", "month"]),
)
def test_it_always_ends_on_a_border_never_before_the_notice_and_never_later_than_needed(
    anchor, periods, days, notice, count, unit
):
    cycle = Cycle(anchor, Interval(count, unit))
    running = cycle.period(periods)
    on = min(running.start + timedelta(days=days), running.end)
    found = exits.ends_on(
        on=on, period_end=running.end, notice=notice, bound=None, cycle=cycle, n=periods + 1
    )
    assert found >= max(running.end, on + timedelta(days=notice) if notice else on)
    ended = cycle.period_containing(found)
    assert ended.start == found
    before = cycle.period(cycle.index_of(found) - 1).start
    assert found == running.end or before < on + timedelta(days=notice)


@pytest.mark.parametrize(
    ("committed", "months", "expected"),
    [
        (None, 12, None),
        (date(2028, 6, 1), 12, date(2028, 6, 1)),
        (date(2029, 6, 1), 12, date(2028, 6, 1)),
        (date(2028, 1, 1), 12, date(2028, 1, 1)),
        (date(2028, 6, 1), 0, None),
    ],
)
def test_a_commitment_binds_as_long_as_the_policy_lets_it(committed, months, expected):
    started = date(2027, 6, 1)
    assert exits.bound_until(committed, started_on=started, most_months=months) == expected


def test_a_commitment_of_a_plan_that_never_started_binds_nobody():
    assert exits.bound_until(date(2028, 6, 1), started_on=None, most_months=12) is None


def test_the_notice_is_the_plans_as_far_as_the_policy_lets_it():
    assert exits.notice_days(of_plan=30, most=60) == 30
    assert exits.notice_days(of_plan=60, most=30) == 30
    assert exits.notice_days(of_plan=30, most=0) == 0


def test_what_goes_back_is_the_sum_of_its_kinds():
    back = exits.GivenBack(
        "period", sessions=2, sessions_cents=10, time_cents=20, expired_cents=30, earned_cents=40
    )
    assert back.net_cents == 100
    assert set(exits.GROUND_WORDS) == set(exits.GROUNDS_AT_DESK) == set(exits.GROUNDS)
