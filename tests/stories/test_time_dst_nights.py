"""Nights on which the clocks of a studio leap forward or fall back: one renewal, one date."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.calendar import Interval, day_bounds
from config.db import db, run_txn
from config.errors import Refused
from locations import places, tax_rates
from membership.catalogue import product_versions
from membership.models import PlanVersion
from membership.rules.catalog import PlanPriceTag
from tests.support.story import Story
from tests.support.story_facts import bills, complaints, plans, taken
from tests.support.studio import SINCE

SPRING, AUTUMN = date(2027, 3, 14), date(2027, 11, 7)


def through_the_night(story: Story, slug: str, on: date, every: timedelta) -> list[tuple[str, int]]:
    """Ask for work every so often from an hour before a day to five hours after it began.

    Returns what the wall showed at each look that brought an invoice, and how many.
    """
    begins, _ = day_bounds(on, story.place(slug).zone)
    instant, found = begins - timedelta(hours=1), []
    while instant < begins + timedelta(hours=5):
        wall = instant.astimezone(_zone(story, slug))
        story.go_to(instant)
        issued = sum(run.issued for done in story.work(slug) for run in done.runs)
        if issued:
            found.append((f"{wall:%Y-%m-%d %H:%M}", issued))
        instant += every
    return found


def _zone(story: Story, slug: str) -> ZoneInfo:
    return ZoneInfo(story.place(slug).zone)


@pytest.mark.parametrize("slug", ["sea", "boi"])
@pytest.mark.parametrize("night", [SPRING, AUTUMN])
def test_renewal_of_that_night_is_issued_once_from_five_past_midnight(
    story: Story, slug: str, night: date
) -> None:
    month_before = date(night.year, night.month - 1, night.day)
    story.go(f"{month_before} 12:00", slug)
    ana = story.join("Ana Mora", "MAINT-4", at=slug)
    half_hours = through_the_night(story, slug, night, timedelta(minutes=30))
    assert half_hours == [(f"{night} 00:30", 1)]
    story.live(f"{night + timedelta(days=1)} 12:00", slug)
    assert [bill.issued_on for bill in bills(ana)] == [month_before, night]
    assert len(taken(story)) == 2
    (plan,) = plans(ana)
    assert (plan.period_start, plan.anchor_day) == (night, night.day)
    assert plan.next_due_on == (night + timedelta(days=31)).replace(day=night.day)
    assert complaints(story) == []


def test_half_past_one_comes_twice_in_boise_on_november_7_and_is_one_day_both_times(
    story: Story,
) -> None:
    story.go("2027-11-05 12:00", "boi")
    ben = story.join("Ben Ito", "STARTER-3", at="boi")
    first = datetime(2027, 11, 7, 7, 30, tzinfo=UTC)  # 01:30 in summer time
    for hour in (0, 1):
        instant = first + timedelta(hours=hour)
        assert f"{instant.astimezone(_zone(story, 'boi')):%H:%M}" == "01:30"
        story.go_to(instant)
        assert story.today("boi") == AUTUMN
        if hour == 0:
            story.come(ben)
        else:
            with pytest.raises(Refused) as again:
                story.come(ben)
            assert again.value.code == "one_a_day"


@pytest.mark.parametrize(("night", "hours"), [(SPRING, 23), (AUTUMN, 25)])
@pytest.mark.parametrize("slug", ["sea", "boi"])
def test_window_over_such_a_night_still_ends_at_midnight_of_the_tenth_day(
    story: Story, slug: str, night: date, hours: int
) -> None:
    begins, ends = day_bounds(night, story.place(slug).zone)
    assert (ends - begins) == timedelta(hours=hours)
    opened = night - timedelta(days=9)
    story.go(f"{opened} 23:30", slug)
    ana = story.join("Ana Mora", "STARTER-3", at=slug)
    story.come(ana)
    story.live(f"{night} 23:59", slug)
    story.come(ana)  # the tenth day, in its last minute
    story.go(f"{night + timedelta(days=1)} 00:00", slug)
    with pytest.raises(Refused) as over:
        story.come(ana)
    assert over.value.code == "nothing_held"


def test_midnight_that_a_zone_skips_still_renews_that_day_once(story: Story) -> None:
    """In Havana the clocks leap at midnight: March 14th begins at one o'clock."""
    run_txn(lambda: _open_havana(story))
    story.go("2027-02-14 12:00", "hav")
    ana = story.join("Ana Mora", "MAINT-2", at="hav")
    story.go("2027-03-13 23:59", "hav")
    story.work("hav")
    assert len(bills(ana)) == 1
    instant = story.go_to(day_bounds(SPRING, "America/Havana")[0])
    assert f"{instant.astimezone(_zone(story, 'hav')):%H:%M}" == "01:00"
    story.work("hav")
    story.work("hav")
    assert [bill.issued_on for bill in bills(ana)] == [date(2027, 2, 14), SPRING]
    assert taken(story) == [5000, 5000]


def _open_havana(story: Story) -> None:
    """A fifth studio, where MAINT-2 costs 5000 without tax."""
    havana = places.open_place(
        slug="hav",
        name="Havana",
        zone="America/Havana",
        currency="USD",
        jurisdiction="US-default",
        address="1 Malecon",
        number_prefix="HAV",
        legal_entity="Taper Studios LLC",
        stripe_account="default",
        opened_on=SINCE,
    )
    for product_class in tax_rates.PRODUCT_CLASSES:
        tax_rates.begin(
            location_id=havana.id,
            product_class=product_class,
            name="none",
            rate_ppm=0,
            effective_from=SINCE,
        )
    plan = db.session.get_one(PlanVersion, story.studio.plans["MAINT-2"])
    product_versions.new_plan_version(
        plan.plan_id,
        interval=Interval(1, "month"),
        allowance=2,
        rollover_cap=2,
        rollover_periods=1,
        prices={havana.id: PlanPriceTag(5000, 3500)},
        effective_from=SINCE,
    )
    story.studio = replace(story.studio, places={**story.studio.places, "hav": havana})
