"""What the doctor promises about disputes, each promise broken once by hand."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from billing.invariants.doctor_disputes import findings
from billing.models import Dispute
from config import clock as time_of
from config.db import db, run_txn
from membership.models import MemberPack, Membership
from tests.support.story import Person, Story
from tests.support.story_disputes import charges_of, decided, disputes_at_bank, opened
from tests.support.story_facts import complaints

BROKEN = {
    "L6-disputed": sa.update(Dispute).values(amount_cents=Dispute.amount_cents + 1),
    "D1 plan goes on": sa.update(Membership).values(status="active", disputed_on=None),
    "D1 pack goes on": sa.update(MemberPack).values(disputed_on=None),
    "D1 rests for nothing": sa.update(Dispute).values(state="won", closed_on=date(2027, 1, 8)),
}


def told(story: Story) -> list[str]:
    """What Stripe and we tell apart about disputes."""
    return list(findings(story.gateway, asked_at=time_of.now()))


def with_a_dispute(story: Story, choice: str) -> tuple[Person, str]:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", choice)
    story.go("2027-01-07 10:00")
    return ana, opened(story, ana)


@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_promise_about_a_dispute_is_found_by_its_name(story: Story, code: str) -> None:
    with_a_dispute(story, "STARTER-3" if "pack" in code else "MAINT-2")
    assert complaints(story) == []
    run_txn(lambda: db.session.execute(BROKEN[code]))
    assert any(one.startswith(f"{code.split()[0]}:") for one in complaints(story))


def test_plan_that_outlives_a_lost_dispute_is_found(story: Story) -> None:
    _, dispute_id = with_a_dispute(story, "MAINT-2")
    decided(story, dispute_id, "lost")
    assert complaints(story) == []
    run_txn(lambda: db.session.execute(sa.update(Membership).values(status="locked")))
    assert any("after a dispute about it was lost" in one for one in complaints(story))


def test_dispute_that_only_stripe_knows_or_that_only_we_know_is_found(story: Story) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    dispute_id = disputes_at_bank(story, charges_of(ana)[0])
    (found,) = told(story)
    assert "not written down" in found
    story.go("2027-01-05 11:00")
    decided(story, dispute_id, "lost")
    assert told(story) == []
    run_txn(lambda: db.session.execute(sa.update(Dispute).values(state="won")))
    (found,) = told(story)
    assert "we wrote ('won', 8718)" in found
    run_txn(lambda: db.session.execute(sa.update(Dispute).values(stripe_id="dp_of_nobody")))
    assert len(told(story)) == 2
