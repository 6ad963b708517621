"""How a hold moves a schedule, what it costs, and how much of it there may be."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendar import Cycle, Interval, Period, add_months, local_date
from config.errors import Invalid, Refused
from membership.rules.accrual import earned_by, service_days
from membership.rules.holds import (
    Anchor,
    Limits,
    Schedule,
    days_in_window,
    extension_fee_cents,
    fee_cents,
    moved,
    require_allowed,
)

LIMITS = Limits(7, 90)
ANCHORS = st.dates(date(2026, 1, 1), date(2032, 12, 31))
DAYS = st.integers(0, 120)


def standing(anchor: date, n: int) -> Schedule:
    """A monthly plan from its anchor on, whose period n comes next."""
    due_on = Cycle(anchor, Interval(1, "month"), anchor.day).period(n).start
    return Schedule(Anchor(anchor, anchor.day, 0), n, due_on)


@given(anchor=ANCHORS, n=st.integers(1, 30), days=DAYS, back=DAYS)
def test_days_that_are_given_back_undo_what_they_moved(
    anchor: date, n: int, days: int, back: int
) -> None:
    before = standing(anchor, n)
    rests = moved(before, was=before.anchor, days_before=0, days=days)
    assert rests.next_due_on - before.next_due_on == timedelta(days=days)
    assert moved(rests, was=before.anchor, days_before=days, days=0) == before
    sooner = moved(rests, was=before.anchor, days_before=days, days=min(back, days))
    assert sooner == moved(before, was=before.anchor, days_before=0, days=min(back, days))


@given(anchor=ANCHORS, n=st.integers(1, 30), days=st.integers(1, 120), later=st.integers(0, 24))
def test_the_next_bill_is_where_the_new_anchor_says_for_ever_after(
    anchor: date, n: int, days: int, later: int
) -> None:
    rests = moved(standing(anchor, n), was=Anchor(anchor, anchor.day, 0), days_before=0, days=days)
    cycle = Cycle(rests.anchor.on, Interval(1, "month"), rests.anchor.day)
    assert cycle.period(rests.next_n - rests.anchor.n).start == rests.next_due_on
    expected = add_months(rests.next_due_on, later, anchor_day=rests.next_due_on.day)
    assert cycle.period(later).start == expected


@given(
    first=ANCHORS, days=st.integers(7, 90), zone=st.sampled_from(["America/Los_Angeles",
    "America/Boise", "America/Phoenix", "Europe/London", "Australia/Lord_Howe"]),
)  # fmt: skip
def test_a_hold_has_its_days_on_every_wall_whatever_the_clocks_do_at_night(
    first: date, days: int, zone: str
) -> None:
    """Counted by the noons that pass on the wall, which no change of clocks skips or doubles."""
    span = Period(first, first + timedelta(days=days))
    noons = {
        local_date(datetime.combine(first + timedelta(days=n), time(12), ZoneInfo(zone)), zone)
        for n in range(-2, days + 2)
    }
    assert sum(span.contains(on) for on in noons) == span.days == days


@pytest.mark.parametrize(
    ("days", "cents"), [(7, 1000), (30, 1000), (31, 2000), (60, 2000), (61, 3000), (90, 3000)]
)
def test_every_started_thirty_days_cost_a_fee(days: int, cents: int) -> None:
    assert fee_cents(days, per_30_days_cents=1000) == cents


@given(days=st.integers(7, 90), more=st.integers(0, 60), cents=st.integers(0, 5000))
def test_extended_it_costs_in_all_what_it_would_have_cost_at_once(
    days: int, more: int, cents: int
) -> None:
    extra = extension_fee_cents(days=days + more, days_before=days, per_30_days_cents=cents)
    assert fee_cents(days, per_30_days_cents=cents) + extra == fee_cents(
        days + more, per_30_days_cents=cents
    )


def span(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


EARLIER = [span("2026-06-01", "2026-07-31"), span("2027-01-01", "2027-01-11")]  # 60 and 10 days


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (span("2027-03-05", "2027-03-25"), None),  # 60 + 10 + 20
        (span("2027-03-05", "2027-03-26"), "hold_too_much"),  # a day more than ninety
        (span("2027-06-11", "2027-07-11"), None),  # of last June only 20 days count by then
        (span("2027-09-01", "2027-11-20"), None),  # 10 + 80: last year's are over
        (span("2027-09-01", "2027-11-21"), "hold_too_much"),
        (span("2027-12-01", "2028-02-29"), None),  # 90 days over a leap day and two year's ends
    ],
)
def test_at_most_ninety_days_in_any_twelve_months(asked: Period, code: str | None) -> None:
    if code is None:
        require_allowed(asked, limits=LIMITS, earlier=EARLIER, on=date(2027, 3, 1))
        return
    with pytest.raises(Refused) as refused:
        require_allowed(asked, limits=LIMITS, earlier=EARLIER, on=date(2027, 3, 1))
    assert refused.value.code == code


@given(ending=ANCHORS, starts=st.lists(st.integers(0, 700), max_size=4), day=st.integers(0, 89))
def test_no_window_that_ends_within_a_hold_holds_more_than_the_one_that_ends_with_it(
    ending: date, starts: list[int], day: int
) -> None:
    asked = Period(ending - timedelta(days=90), ending)
    older = [
        Period(asked.start - timedelta(days=n + 9), asked.start - timedelta(days=n + 2))
        for n in starts
    ]
    inner = asked.start + timedelta(days=day)
    assert days_in_window([*older, asked], ending=inner) <= days_in_window(
        [*older, asked], ending=ending
    )


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (span("2027-02-28", "2027-03-20"), "/start"),  # yesterday
        (span("2028-03-02", "2028-03-20"), "/start"),  # over a year ahead
        (span("2027-03-05", "2027-03-11"), "/back"),  # six days
        (span("2027-03-05", "2027-06-04"), "/back"),  # ninety-one
    ],
)
def test_days_that_cannot_be_are_named_by_their_field(asked: Period, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        require_allowed(asked, limits=LIMITS, earlier=[], on=date(2027, 3, 1))
    assert [problem.field for problem in wrong.value.fields] == [field]


def test_a_plan_that_knows_no_holds_says_so() -> None:
    with pytest.raises(Refused) as refused:
        require_allowed(
            span("2027-03-05", "2027-03-20"), limits=Limits(7, 0), earlier=[], on=date(2027, 3, 1)
        )
    assert refused.value.code == "no_holds"


@given(
    price=st.integers(0, 50_000),
    days=st.integers(1, 92),
    first=st.integers(0, 91),
    held=st.integers(1, 120),
    cut=st.integers(0, 212),
)
def test_days_on_hold_earn_nothing_and_the_others_earn_the_whole_price(
    price: int, days: int, first: int, held: int, cut: int
) -> None:
    start = date(2027, 1, 31)
    hold_from = start + timedelta(days=min(first, days))
    frozen = [Period(hold_from, hold_from + timedelta(days=held))]
    period = Period(start, start + timedelta(days=days + held))
    middle = min(start + timedelta(days=cut), period.end)
    told = [
        one
        for since, until in ((start, middle), (middle, period.end))
        for one in service_days(
            price_cents=price, period=period, since=since, until=until, frozen=frozen
        )
    ]
    assert sum(cents for _, cents in told) == price
    assert len(told) == days
    assert not any(frozen[0].contains(day) for day, _ in told)
    untouched = Period(start, start + timedelta(days=days))
    if middle <= hold_from:  # before the hold it earns as if there were none
        assert earned_by(middle, price_cents=price, period=period, frozen=frozen) == earned_by(
            middle, price_cents=price, period=untouched
        )
