"""Story 9: a smaller plan with the renewal, and what its cap leaves behind."""

from __future__ import annotations

from datetime import date

from membership.credits import credits
from tests.support.story import Person, Story
from tests.support.story_changes import change_later, quoted
from tests.support.story_facts import complaints, movements, plans, taken


def since_june_10_with_one_visit(story: Story) -> Person:
    story.go("2027-06-10 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    story.go("2027-06-20 12:00")
    story.come(ana)
    return ana


def test_one_of_three_unused_sessions_worth_3475_is_lost_as_the_page_said(story: Story) -> None:
    ana = since_june_10_with_one_visit(story)
    story.live("2027-07-05 12:00")
    found = quoted(story, ana, "MAINT-2")
    assert found.now is None, "a smaller plan begins with the renewal"
    assert (found.renewal.on, found.renewal.charge.total_cents) == (date(2027, 7, 10), 7900 + 818)
    assert (found.renewal.lost_sessions, found.renewal.lost_cents) == (1, 3475)
    change_later(story, ana, "MAINT-2")
    story.live("2027-07-11 12:00")
    assert taken(story) == [15339, 8718]
    assert movements(ana, "forfeit") == [(date(2027, 7, 10), -1, -3475)]
    assert credits.balance(ana.member_id, date(2027, 7, 11)) == 4, "2 rolled and 2 new"
    assert plans(ana)[0].price_cents == 7900
    assert complaints(story) == []


def test_to_an_unlimited_plan_nothing_rolls_over_and_the_page_says_so(story: Story) -> None:
    story.go("2027-01-31 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.live("2027-02-20 12:00", "boi")
    found = quoted(story, ben, "UNLIMITED")
    assert (found.renewal.lost_sessions, found.renewal.lost_cents) == (2, 7900)
    change_later(story, ben, "UNLIMITED")
    story.live("2027-03-02 12:00", "boi")
    assert taken(story) == [8374, 19716]
    assert credits.balance(ben.member_id, date(2027, 3, 2)) == 0
    assert complaints(story) == []
