"""A recovery rests with its plan, and goes on in the old distances."""

from __future__ import annotations

from billing.models import Dunning
from tests.stories.test_07_more_holds import on_sick_leave
from tests.stories.test_10_declined import JUNE, recovery, tried, with_a_plan
from tests.support.story import Story
from tests.support.story_facts import complaints, plans


def test_ten_days_of_a_medical_hold_move_the_three_tries_by_ten_days(story: Story) -> None:
    ida = with_a_plan(story, "MAINT-2", "2027-05-01 10:00", at="tac")
    story.live("2027-05-31 21:00", "tac")
    story.bank_says(ida, {"outcome": "insufficient_funds"})
    story.live("2027-06-02 12:00", "tac")
    on_sick_leave(story, ida, "2027-06-02", "2027-06-12")
    story.live("2027-06-11 22:00", "tac")
    assert [on for on, _ in tried(ida)] == [JUNE[1]]
    story.live("2027-06-22 22:00", "tac")
    assert [on for on, _ in tried(ida)] == [JUNE[1], JUNE[13], JUNE[16], JUNE[20]]
    found: Dunning = recovery(ida)
    assert (found.opened_on, found.tries, found.next_try_on) == (JUNE[1], 4, None)
    assert plans(ida)[0].status in ("grace", "locked")
    assert complaints(story) == []
