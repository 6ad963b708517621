"""Places: their dates, their tax rates, and how far their days have come."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from config.db import db, transaction
from config.errors import Invalid, NotFound, Refused
from locations import business_days, places, tax_rates
from locations.models import LocationDay
from locations.rules.days import DaysDue, days_due

SEP_3 = date(2027, 9, 3)


def test_half_past_midnight_in_boise_is_still_yesterday_in_seattle(studios):
    instant = datetime(2027, 2, 1, 7, 30, tzinfo=UTC)
    assert places.business_date(studios.boi, instant) == date(2027, 2, 1)
    assert places.business_date(studios.sea, instant) == date(2027, 1, 31)


def test_location_is_found_by_its_short_name(studios):
    assert places.find("sea").id == studios.sea.id
    assert places.get(studios.boi.id).name == "Boise"
    with pytest.raises(NotFound):
        places.find("nowhere")


def test_open_ones_leave_out_what_was_closed(studios):
    with transaction():
        places.get(studios.tac.id).closed_on = date(2027, 1, 1)
    assert [place.slug for place in places.open_ones()] == ["boi", "sea"]
    assert [place.slug for place in places.all_ones()] == ["boi", "sea", "tac"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "Pacific/Nowhere"),
        ("zone", "../etc/passwd"),
        ("zone", ""),
        ("currency", "usd"),
        ("currency", "DOLLAR"),
        ("jurisdiction", "US-XX"),
    ],
)
def test_place_that_cannot_be_is_refused_by_field(app, field, value):
    given = {
        "slug": "phx",
        "name": "Phoenix",
        "zone": "America/Phoenix",
        "currency": "USD",
        "jurisdiction": "US-default",
        "address": "",
        "number_prefix": "PHX",
        "legal_entity": "Cold Studios LLC",
        "stripe_account": "main",
        "opened_on": date(2027, 1, 1),
    }
    with pytest.raises(Invalid) as refused, transaction():
        places.open_place(**(given | {field: value}))
    assert [problem.field for problem in refused.value.fields] == [f"/{field}"]


def test_two_locations_cannot_share_a_short_name(studios):
    with pytest.raises(Refused) as refused, transaction():
        places.open_place(
            slug="sea",
            name="Seattle again",
            zone="America/Los_Angeles",
            currency="USD",
            jurisdiction="US-WA",
            address="",
            number_prefix="SE2",
            legal_entity="Cold Studios LLC",
            stripe_account="main",
            opened_on=SEP_3,
        )
    assert refused.value.code == "location_exists"


def test_rate_of_seattle_rises_on_april_1_and_not_a_day_earlier(studios):
    with transaction():
        tax_rates.begin(
            location_id=studios.sea.id,
            product_class="plan",
            name="WA 10.50 %",
            rate_ppm=105_000,
            effective_from=date(2027, 4, 1),
        )
    before = tax_rates.in_force(studios.sea.id, on=date(2027, 3, 31))
    after = tax_rates.in_force(studios.sea.id, on=date(2027, 4, 1))
    assert (before["plan"].rate_ppm, after["plan"].rate_ppm) == (103_500, 105_000)
    assert after["pack"].rate_ppm == 103_500
    assert tax_rates.in_force(studios.sea.id, on=date(2025, 12, 31)) == {}
    assert tax_rates.in_force(studios.boi.id, on=SEP_3)["plan"].rate_ppm == 60_000


@pytest.mark.parametrize("rate_ppm", [-1, 1_000_000])
def test_rate_below_nothing_or_of_all_is_refused(studios, rate_ppm):
    with pytest.raises(Invalid), transaction():
        tax_rates.begin(
            location_id=studios.sea.id,
            product_class="plan",
            name="odd",
            rate_ppm=rate_ppm,
            effective_from=SEP_3,
        )


def test_second_rate_from_the_same_day_is_refused(studios):
    with pytest.raises(Refused), transaction():
        tax_rates.begin(
            location_id=studios.sea.id,
            product_class="plan",
            name="again",
            rate_ppm=1,
            effective_from=date(2026, 1, 1),
        )


@pytest.mark.parametrize(
    ("high_water", "today", "days", "held"),
    [
        (None, SEP_3, 1, False),
        (SEP_3, SEP_3, 1, False),
        (SEP_3, SEP_3 + timedelta(1), 1, False),
        (SEP_3, SEP_3 + timedelta(4), 4, False),
        (SEP_3, SEP_3 + timedelta(7), 7, False),
        (SEP_3, SEP_3 + timedelta(8), 0, True),
        (SEP_3, SEP_3 - timedelta(1), 0, False),
    ],
    ids=["first", "today again", "next", "four days", "a week", "leapt", "set back"],
)
def test_days_that_are_due(high_water, today, days, held):
    due = days_due(high_water=high_water, today=today, max_jump_days=7)
    expected = tuple(today - timedelta(days - 1 - n) for n in range(days))
    assert due == DaysDue(expected, held)


def test_clock_down_from_september_3_to_7_catches_up_oldest_first(studios):
    with transaction():
        business_days.reached(studios.sea.id, SEP_3)
    now = datetime(2027, 9, 7, 17, tzinfo=UTC)
    with transaction():
        due = business_days.days_due(places.find("sea"), now=now, max_jump_days=7)
    assert due.days == tuple(date(2027, 9, day) for day in (4, 5, 6, 7))


def test_reached_never_goes_back(studios):
    with transaction():
        business_days.reached(studios.sea.id, SEP_3)
        business_days.reached(studios.sea.id, SEP_3 - timedelta(2))
    assert db.session.get_one(LocationDay, studios.sea.id).high_water == SEP_3


def test_leap_of_nine_days_waits_for_a_person_who_says_where_to_go_on(studios):
    now = datetime(2027, 9, 12, 17, tzinfo=UTC)
    with transaction():
        business_days.reached(studios.sea.id, SEP_3)
        assert business_days.days_due(places.find("sea"), now=now, max_jump_days=7).held
    assert [place.slug for place in business_days.held_ones()] == ["sea"]
    with pytest.raises(Invalid), transaction():
        business_days.release_hold(studios.sea.id, resume_on=SEP_3)
    with transaction():
        business_days.release_hold(studios.sea.id, resume_on=date(2027, 9, 10))
    assert business_days.held_ones() == []
    with transaction():
        due = business_days.days_due(places.find("sea"), now=now, max_jump_days=7)
    assert due == DaysDue(tuple(date(2027, 9, day) for day in (10, 11, 12)), held=False)


def test_location_that_runs_well_has_nothing_to_release(studios):
    with pytest.raises(Refused), transaction():
        business_days.release_hold(studios.sea.id, resume_on=SEP_3)
