"""Story 18: plans that end with their month, wherever the jobs were that day."""

from __future__ import annotations

from datetime import date

from tests.support.story import Story
from tests.support.story_exits import JULY_1, owed_back, plan_of
from tests.support.story_facts import booked, complaints, letters


def test_a_seattle_plan_that_ends_with_its_month_gives_back_what_was_not_used(
    story: Story,
) -> None:
    story.go("2027-06-01 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.come(ana)
    story.go("2027-06-12 15:00")
    story.cancel(ana)
    assert owed_back(ana) == []
    story.live("2027-07-01 00:10")
    story.work("sea")
    assert owed_back(ana) == [(3950, 409, date(2027, 7, 31))]
    held = plan_of(ana)
    assert (held.status, held.ended_on, held.end_reason) == ("ended", JULY_1, "cancelled")
    assert len(letters(ana, "plan_given_back")) == 1
    assert booked(story, "expired_refundable", "sea") == 0
    assert complaints(story) == []


def test_after_four_days_without_jobs_it_still_ends_on_its_day_and_once(story: Story) -> None:
    story.go("2027-06-01 10:00", "tac")
    cleo = story.join("Cleo Diaz", "MAINT-4", at="tac")
    ben = story.join("Ben Ito", "UNLIMITED", at="tac")
    for who in (cleo, ben):
        story.cancel(who)
    story.live("2027-06-29 12:00", "tac")
    story.go("2027-07-03 12:00", "tac")
    story.work("tac")
    story.work("tac")
    assert [plan_of(who).ended_on for who in (cleo, ben)] == [JULY_1, JULY_1]
    # MAINT-4: 13900 + 1432 tax, none used; promised on the day that is caught up
    assert owed_back(cleo) == [(13900, 1432, date(2027, 7, 31))]
    assert owed_back(ben) == []
    assert booked(story, "earned_time", "tac") == 18600
    assert complaints(story) == []
