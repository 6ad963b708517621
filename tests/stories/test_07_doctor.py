"""What the doctor promises about holds, each promise broken once by hand."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from config.db import db, run_txn
from membership.models import Hold, Membership, MembershipPeriod
from tests.stories.test_07_hold import rests, with_a_plan
from tests.support.story import Story
from tests.support.story_facts import complaints

BROKEN = {
    "H1": sa.update(Membership).values(status="active"),
    "H2": sa.update(MembershipPeriod).values(frozen_days=3),
    "B6-hold": sa.update(Hold).values(start=date(2027, 2, 1)),
}


@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_promise_about_a_hold_is_found_by_its_name(story: Story, code: str) -> None:
    ana = with_a_plan(story, "MAINT-4", "2027-02-10 10:00")
    story.live("2027-02-20 12:00")
    rests(story, ana, "2027-02-20", "2027-03-10")
    assert complaints(story) == []
    run_txn(lambda: db.session.execute(BROKEN[code]))
    assert any(one.startswith(f"{code}:") for one in complaints(story))
