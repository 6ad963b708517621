"""Story 2: who agreed to nothing is charged nothing, and who never came is left in peace."""

from __future__ import annotations

from datetime import date

import pytest

from membership.journey import conversions
from tests.support.story import Story
from tests.support.story_facts import (
    bills,
    complaints,
    letters,
    pack,
    plans,
    taken,
    the_consent,
)


def test_box_left_empty_on_january_4_brings_no_charge_on_the_14th_and_one_offer(
    story: Story,
) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "STARTER-3")
    for day in ("04", "06", "08"):
        story.live(f"2027-01-{day} 18:00")
        story.come(ana)
    story.live("2027-01-13 23:59")
    assert conversions.phase(ana.member_id, on=date(2027, 1, 13)) == "intensive"
    story.live("2027-01-22 12:00")
    assert taken(story) == [10925]
    assert [one.reason for one in bills(ana)] == ["pack"]
    assert plans(ana) == []
    assert conversions.phase(ana.member_id, on=date(2027, 1, 14)) == "none"
    assert len(letters(ana, "notice_plan_offer")) == 1
    assert letters(ana, "notice_conversion") == []
    assert complaints(story) == []


@pytest.mark.parametrize("slug", ["sea", "phx"])
def test_starter_never_opened_lets_its_consent_lapse_after_14_days_and_charges_nothing(
    story: Story, slug: str
) -> None:
    story.go("2027-06-20 10:00", slug)
    ana = story.join("Ana Mora", "STARTER-3", at=slug, agrees_to="MAINT-2")
    story.live("2027-07-04 22:00", slug)  # the last day for a first use
    assert (pack(ana).state, the_consent(ana).state) == ("unopened", "given")
    story.live("2027-07-05 10:00", slug)
    assert (pack(ana).state, the_consent(ana).state) == ("expired", "lapsed")
    story.live("2027-07-08 10:00", slug)
    assert len(taken(story)) == 1
    assert plans(ana) == []
    assert letters(ana, "notice_conversion") == letters(ana, "notice_plan_offer") == []
    assert complaints(story) == []


def test_consent_taken_back_an_hour_before_nine_is_never_charged(story: Story) -> None:
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-4")
    story.come(ana)
    story.live("2027-01-14 08:00")
    story.take_back(ana)
    story.live("2027-01-17 12:00")
    assert taken(story) == [10925]
    assert (plans(ana), the_consent(ana).state) == ([], "withdrawn")
