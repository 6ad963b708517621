"""Story 18: a cancellation is taken back while it can be, and all is as if nothing had been."""

from __future__ import annotations

import pytest

from billing.leaving import endings
from billing.runs import rehearsals, run
from config.errors import Refused
from tests.support.story import Story
from tests.support.story_exits import JULY_1, actor, plan_of
from tests.support.story_facts import bills, complaints, letters, taken


def test_ben_takes_it_back_on_june_30_and_is_charged_on_july_1_as_if_nothing_had_been(
    story: Story,
) -> None:
    story.go("2027-06-01 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.go("2027-06-12 15:00", "boi")
    story.cancel(ben)
    story.live("2027-06-30 20:00", "boi")
    due_on = endings.undo_cancel(plan_of(ben).id, on=story.today("boi"), by=actor(ben))
    assert (due_on, plan_of(ben).ends_on) == (JULY_1, None)
    story.live("2027-07-02 12:00", "boi")
    assert taken(story) == [8374, 8374]
    assert len(letters(ben, "cancel_undone")) == 1
    story.cancel(ben)
    story.tick()
    assert len(letters(ben, "membership_cancelled")) == 2
    assert complaints(story) == []


def test_what_has_ended_cannot_be_taken_back_whether_or_not_a_job_has_run(story: Story) -> None:
    story.go("2027-06-01 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    plan, by = plan_of(ben), actor(ben)
    with pytest.raises(Refused) as nothing:
        endings.undo_cancel(plan.id, on=story.today("boi"), by=by)
    assert nothing.value.code == "nothing_to_undo"
    story.cancel(ben)
    story.go("2027-07-01 00:01", "boi")
    with pytest.raises(Refused) as over:
        endings.undo_cancel(plan.id, on=JULY_1, by=by)
    assert over.value.code == "ended"
    story.work("boi")
    with pytest.raises(Refused) as ended:
        endings.undo_cancel(plan.id, on=JULY_1, by=by)
    assert ended.value.code == "ended"


def test_taken_back_after_the_run_had_listed_who_goes_on_it_is_charged_after_all(
    story: Story,
) -> None:
    story.go("2027-06-01 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.cancel(ben)
    assert rehearsals.rehearse(story.place("boi"), on=JULY_1).count == 0
    story.go("2027-06-30 23:59", "boi")
    endings.undo_cancel(plan_of(ben).id, on=story.today("boi"), by=actor(ben))
    story.go("2027-07-01 00:06", "boi")
    assert run.bill(story.place("boi"), on=JULY_1).issued == 1
    assert len(bills(ben)) == 2
