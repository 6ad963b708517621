"""Story 1: a starter leads to maintenance, with a consent and a letter seven days before."""

from __future__ import annotations

from datetime import date

import pytest

from config.errors import Refused
from tests.support.story import EIGHT_AND_NINE, Story
from tests.support.story_facts import (
    bills,
    booked,
    complaints,
    left_at,
    letters,
    movements,
    pack,
    plans,
    taken,
    the_consent,
)

JAN_4, JAN_6, JAN_8, JAN_14 = (date(2027, 1, day) for day in (4, 6, 8, 14))


def test_ana_buys_a_starter_on_january_4_and_is_charged_8718_on_the_14th_from_nine(
    story: Story,
) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2")
    (starter,) = bills(ana)
    assert (starter.net_cents, starter.tax_cents, starter.total_cents) == (9900, 1025, 10925)
    assert taken(story) == [10925]

    for day in ("04", "06", "08"):
        story.live(f"2027-01-{day} 18:00", looks=EIGHT_AND_NINE)
        story.come(ana)
    for on in (JAN_4, JAN_6, JAN_8):
        assert booked(story, "earned_sessions", "sea", on=on) == 3300
    assert (pack(ana).state, pack(ana).opened_on, pack(ana).window_end) == ("spent", JAN_4, JAN_14)
    (letter,) = letters(ana, "notice_conversion")
    assert left_at(letter, "America/Los_Angeles") == "2027-01-07 08:00"
    assert letter.context["total"] == "$87.18"

    story.live("2027-01-14 08:59")  # the pack was empty on the 8th: that brings nothing forward
    assert (taken(story), plans(ana), the_consent(ana).state) == ([10925], [], "given")
    story.live("2027-01-14 09:00")
    story.live("2027-01-16 12:00")
    assert taken(story) == [10925, 8718]
    charged = bills(ana)[1]
    assert (charged.reason, charged.issued_on, charged.state) == ("first_period", JAN_14, "paid")
    assert (charged.net_cents, charged.tax_cents, charged.total_cents) == (7900, 818, 8718)
    assert charged.consent_id == the_consent(ana).id
    assert the_consent(ana).state == "used"
    (plan,) = plans(ana)
    assert (plan.status, plan.anchor, plan.anchor_day) == ("active", JAN_14, 14)
    assert plan.next_due_on == date(2027, 2, 14)
    assert complaints(story) == []


def test_no_letter_is_sent_before_eight_on_the_seventh_day_before(story: Story) -> None:
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2")
    story.come(ana)
    story.live("2027-01-07 07:59")
    assert letters(ana, "notice_conversion") == []
    story.live("2027-01-07 08:00")
    assert len(letters(ana, "notice_conversion")) == 1


def test_ben_in_boise_is_charged_14734_on_march_16_seven_whole_days_after_a_letter_before_dst(
    story: Story,
) -> None:
    story.go("2027-03-05 12:00", "boi")
    ben = story.join("Ben Ito", "STARTER-3", at="boi", agrees_to="MAINT-4")
    assert taken(story) == [10494]  # 9900 and 6 %
    story.live("2027-03-06 19:00", "boi")
    story.come(ben)
    story.live("2027-03-16 08:59", "boi", looks=EIGHT_AND_NINE)
    (letter,) = letters(ben, "notice_conversion")
    assert left_at(letter, "America/Boise") == "2027-03-09 08:00"  # clocks leapt on the 14th
    assert len(taken(story)) == 1
    story.live("2027-03-16 09:00", "boi")
    assert taken(story) == [10494, 14734]
    (plan,) = plans(ben)
    assert (plan.anchor_day, plan.status) == (16, "active")
    assert complaints(story) == []


def test_cleo_in_phoenix_starts_unlimited_at_18600_without_tax_on_the_last_of_a_month(
    story: Story,
) -> None:
    story.go("2027-05-21 06:30", "phx")
    cleo = story.join("Cleo Diaz", "STARTER-3", at="phx", agrees_to="UNLIMITED")
    story.come(cleo)
    story.live("2027-05-31 09:00", "phx")
    assert taken(story) == [9900, 18600]
    (plan,) = plans(cleo)
    assert (plan.anchor, plan.next_due_on) == (date(2027, 5, 31), date(2027, 6, 30))


def test_coming_on_the_14th_the_plan_has_two_sessions_worth_3950_each(story: Story) -> None:
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2")
    story.come(ana)
    with pytest.raises(Refused) as second:
        story.come(ana)
    assert second.value.code == "one_a_day"
    story.live("2027-01-14 09:00")
    story.come(ana)
    assert movements(ana, "redeem") == [(JAN_4, -1, -3300), (JAN_14, -1, -3950)]
    assert booked(story, "earned_sessions", "sea", on=JAN_14) == 3950
