"""Whose card ends soon is told 30 and 7 days before, once each, unless it was replaced."""

from __future__ import annotations

from datetime import time

import sqlalchemy as sa

from billing.models import StripeCustomer
from config.db import db, run_txn
from tests.stories.test_10_declined import comes_back, new_card, with_a_plan
from tests.support.story import Person, Story
from tests.support.story_facts import left_at, letters

AROUND_EIGHT = (time(7, 59), time(8), time(9), time(21))


def ends(who: Person, *, year: int, month: int) -> None:
    """Let the card on file end with a month."""
    run_txn(
        lambda: db.session.execute(
            sa.update(StripeCustomer)
            .where(StripeCustomer.member_id == who.member_id)
            .values(card_exp_year=year, card_exp_month=month)
        )
    )


def told_at(who: Person, zone: str) -> list[str]:
    return [left_at(one, zone) for one in letters(who, "card_expires")]


def test_a_card_that_ends_in_june_is_told_of_on_31_may_and_23_june_at_eight(story: Story) -> None:
    zone = story.place("boi").zone
    ida = with_a_plan(story, "MAINT-2", "2027-05-20 10:00", at="boi")
    ends(ida, year=2027, month=6)
    story.live("2027-07-02 12:00", "boi", looks=AROUND_EIGHT)
    assert told_at(ida, zone) == ["2027-05-31 08:00", "2027-06-23 08:00"]
    said = [letter.context["last_day"] for letter in letters(ida, "card_expires")]
    assert said == ["2027-06-30", "2027-06-30"]


def test_no_second_letter_for_a_card_that_was_replaced_nor_any_for_a_plan_that_ends(
    story: Story,
) -> None:
    zone = story.place("sea").zone
    ida = with_a_plan(story, "MAINT-2", "2027-05-20 10:00", at="sea")
    ben = story.join("Ben Ode", "MAINT-2")
    for who in (ida, ben):
        ends(who, year=2027, month=6)
    story.cancel(ben)
    story.live("2027-06-10 12:00", looks=AROUND_EIGHT)
    comes_back(story, new_card(story, ida))
    story.live("2027-07-02 12:00", looks=AROUND_EIGHT)
    assert told_at(ida, zone) == ["2027-05-31 08:00"]
    assert told_at(ben, zone) == []


def test_a_clock_that_slept_over_the_day_tells_the_next_morning(story: Story) -> None:
    zone = story.place("sea").zone
    ida = with_a_plan(story, "MAINT-2", "2027-05-20 10:00", at="sea")
    ends(ida, year=2027, month=6)
    story.live("2027-05-31 07:00", looks=AROUND_EIGHT)
    assert told_at(ida, zone) == []
    story.go("2027-06-02 09:30")
    story.work("sea")
    story.work("sea")
    assert told_at(ida, zone) == ["2027-06-02 09:30"]
