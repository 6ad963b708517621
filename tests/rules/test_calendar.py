"""Anchors, clamps and the nights when clocks move."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from config.calendar import (
    Cycle,
    Interval,
    Period,
    add_months,
    business_days_after,
    day_bounds,
    local_date,
    local_instant,
    month_of,
    months_between,
)

CASES = json.loads((Path(__file__).parent / "data" / "worked_cases.json").read_text())
MONTHLY = Interval(1, "month")
FIRST_START = date(2023, 1, 1)
START_DAYS = [FIRST_START + timedelta(days=n) for n in range(5 * 365 + 2)]
INTERVALS = [Interval(n, "month") for n in range(1, 13)] + [
    Interval(n, "week") for n in range(1, 9)
]
ZONES = [
    "America/Los_Angeles",
    "America/Boise",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "America/Havana",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Europe/Berlin",
]


@pytest.mark.parametrize("case", CASES["periods"], ids=lambda c: f"{c['anchor']}-{c['on']}")
def test_periods_that_other_engines_worked_out(case):
    cycle = Cycle(date.fromisoformat(case["anchor"]), Interval(*case["every"]), case["anchor_day"])
    period = cycle.period_containing(date.fromisoformat(case["on"]))
    assert period.start.isoformat() == case["starts"]
    if case["ends"] is not None:
        assert period.end.isoformat() == case["ends"]


def test_member_who_joined_on_the_31st_is_renewed_on_the_last_day_of_february_then_the_31st():
    cycle = Cycle(date(2026, 1, 31), MONTHLY)
    assert [cycle.period(n).start for n in range(4)] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]


def test_a_year_from_leap_day_returns_to_it_four_years_later():
    cycle = Cycle(date(2024, 2, 29), Interval(12, "month"))
    assert [cycle.period(n).start.day for n in range(5)] == [29, 28, 28, 28, 29]


def test_a_clamped_anchor_keeps_its_day_without_a_stub():
    cycle = Cycle(date(2026, 2, 28), MONTHLY, anchor_day=31)
    assert cycle.period(0) == Period(date(2026, 2, 28), date(2026, 3, 31))


def test_a_cycle_off_its_anchor_day_opens_with_a_stub():
    cycle = Cycle(date(2026, 1, 20), Interval(3, "month"), anchor_day=15)
    assert cycle.period(0) == Period(date(2026, 1, 20), date(2026, 2, 15))
    assert cycle.period(1) == Period(date(2026, 2, 15), date(2026, 5, 15))
    assert cycle.index_of(date(2026, 2, 14)) == 0
    assert cycle.index_of(date(2026, 2, 15)) == 1


@pytest.mark.parametrize("interval", INTERVALS, ids=lambda i: f"{i.count}{i.unit}")
def test_periods_tile_time_for_every_start_day_of_five_years(interval):
    for anchor in START_DAYS:
        cycle = Cycle(anchor, interval)
        _assert_tiles(cycle, 4)


@pytest.mark.parametrize("anchor_day", [1, 15, 28, 29, 30, 31])
@pytest.mark.parametrize("count", [1, 2, 3, 6, 12])
def test_periods_tile_time_behind_a_stub_too(count, anchor_day):
    for anchor in START_DAYS[::7]:
        _assert_tiles(Cycle(anchor, Interval(count, "month"), anchor_day), 4)


def _assert_tiles(cycle: Cycle, periods: int) -> None:
    """Period n ends where n + 1 starts, none is empty, and both ends find their own index."""
    reached = cycle.anchor
    for n in range(periods):
        period = cycle.period(n)
        assert period.start == reached < period.end
        assert cycle.index_of(period.start) == n
        assert cycle.index_of(period.end - timedelta(days=1)) == n
        reached = period.end


def test_any_day_of_four_years_falls_in_exactly_the_period_that_contains_it():
    for interval in INTERVALS:
        cycle = Cycle(date(2024, 1, 31), interval)
        for on in START_DAYS[400::5]:
            assert cycle.period_containing(on).contains(on)


def test_the_end_of_a_period_belongs_to_the_next():
    period = Period(date(2026, 1, 1), date(2026, 2, 1))
    assert period.days == 31
    assert period.contains(date(2026, 1, 1))
    assert not period.contains(date(2026, 2, 1))
    assert period.overlap_days(Period(date(2026, 1, 20), date(2026, 3, 1))) == 12
    assert period.overlap_days(Period(date(2026, 2, 1), date(2026, 3, 1))) == 0


@pytest.mark.parametrize("zone", ZONES)
def test_local_days_tile_time_and_hold_their_own_date(zone):
    reached = day_bounds(START_DAYS[0], zone)[0]
    for on in START_DAYS:
        start, end = day_bounds(on, zone)
        assert reached == start < end
        reached = end
        assert local_date(start, zone) == on
        assert local_date(end - timedelta(seconds=1), zone) == on


def test_a_spring_night_in_seattle_skips_half_past_two():
    skipped = local_instant(date(2026, 3, 8), time(2, 30), "America/Los_Angeles")
    assert skipped == datetime(2026, 3, 8, 10, 0, tzinfo=UTC)
    start, end = day_bounds(date(2026, 3, 8), "America/Los_Angeles")
    assert end - start == timedelta(hours=23)


def test_an_autumn_night_in_seattle_takes_the_first_half_past_one():
    twice = local_instant(date(2026, 11, 1), time(1, 30), ZoneInfo("America/Los_Angeles"))
    assert twice == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    start, end = day_bounds(date(2026, 11, 1), "America/Los_Angeles")
    assert end - start == timedelta(hours=25)


def test_a_day_that_samoa_never_had_is_empty():
    start, end = day_bounds(date(2011, 12, 30), "Pacific/Apia")
    assert start == end == datetime(2011, 12, 30, 10, 0, tzinfo=UTC)


def test_the_business_date_of_one_instant_differs_between_seattle_and_boise():
    instant = datetime(2026, 7, 1, 6, 30, tzinfo=UTC)
    assert local_date(instant, "America/Los_Angeles") == date(2026, 6, 30)
    assert local_date(instant, "America/Boise") == date(2026, 7, 1)


def test_third_business_day_counts_saturday_and_skips_sunday_and_a_holiday():
    labor_day = date(2026, 9, 7)

    def open_day(on: date) -> bool:
        return on.weekday() != 6 and on != labor_day

    signed_on_thursday = date(2026, 9, 3)
    assert business_days_after(signed_on_thursday, 3, is_business_day=open_day) == date(2026, 9, 8)


def test_a_calendar_without_business_days_is_an_error_not_an_endless_search():
    with pytest.raises(ValueError, match="no business day"):
        business_days_after(date(2026, 1, 1), 1, is_business_day=lambda _: False)


def test_months_are_named_by_their_first_day():
    assert month_of(date(2026, 2, 28)) == date(2026, 2, 1)
    assert months_between(date(2025, 11, 30), date(2026, 2, 1)) == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]
    assert add_months(date(2026, 3, 31), -13, anchor_day=31) == date(2025, 2, 28)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: Interval(0, "month"),
        lambda: Interval(1, "day"),  # type: ignore[arg-type]
        lambda: Period(date(2026, 1, 2), date(2026, 1, 1)),
        lambda: Cycle(date(2026, 1, 1), MONTHLY, anchor_day=32),
        lambda: Cycle(date(2026, 1, 1), MONTHLY).index_of(date(2025, 12, 31)),
        lambda: Cycle(date(2026, 1, 1), MONTHLY).period(-1),
        lambda: local_date(datetime(2026, 1, 1), "America/Boise"),
    ],
)
def test_a_senseless_date_is_an_error(mistake):
    with pytest.raises(ValueError):
        mistake()


def test_an_unknown_zone_is_an_error():
    with pytest.raises(ZoneInfoNotFoundError):
        local_date(datetime(2026, 1, 1, tzinfo=UTC), "America/Tacoma")
