"""Refund and dispute are never both paid: a refund waits for the bank, and gives way to it."""

from __future__ import annotations

import sqlalchemy as sa

from billing.disputes import dispute_list
from billing.leaving import exits
from billing.models import Refund
from billing.refunds import refund_sends
from config.audit import SYSTEM
from config.db import db
from tests.support.story import Person, Story
from tests.support.story_disputes import decided, opened, the_dispute
from tests.support.story_facts import booked, complaints, pack

# The unused two of three sessions over 99.00, with their share of 10.35 % tax.
BACK = 7283


def given_back(story: Story) -> Person:
    """Ana used one of three sessions and gave the rest back on January 12th."""
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "STARTER-3")
    story.come(ana)
    story.go("2027-01-12 10:00")
    exits.leave_pack(pack(ana).id, "refund_unused", on=story.today("sea"), by=SYSTEM)
    assert booked(story, "refunds_due", "sea") == BACK
    return ana


def sent(story: Story) -> int:
    """What Stripe sent back, in cents."""
    found = story.gateway.refunds_created(since=0, until=1 << 40)
    return sum(one.amount_cents for one in found if one.status == "succeeded")


def test_promised_refund_is_not_sent_while_the_bank_decides_and_never_once_it_is_lost(
    story: Story,
) -> None:
    ana = given_back(story)
    dispute_id = opened(story, ana)
    refund_sends.work()
    assert (sent(story), booked(story, "refunds_due", "sea")) == (0, BACK)
    story.go("2027-01-20 10:00")
    decided(story, dispute_id, "lost")
    refund_sends.work()
    assert (sent(story), booked(story, "refunds_due", "sea")) == (0, 0)
    assert booked(story, "dispute_losses", "sea") == -(10925 - BACK)
    assert complaints(story) == []


def test_promised_refund_is_sent_once_the_bank_has_decided_for_the_studio(story: Story) -> None:
    ana = given_back(story)
    dispute_id = opened(story, ana)
    refund_sends.work()
    story.go("2027-01-20 10:00")
    decided(story, dispute_id, "won")
    refund_sends.work()
    assert (sent(story), booked(story, "refunds_due", "sea")) == (BACK, 0)
    assert booked(story, "dispute_losses", "sea") == 0
    assert complaints(story) == []


def test_refund_planned_a_moment_before_the_dispute_is_stopped_and_kept_by_it(
    story: Story,
) -> None:
    ana = given_back(story)
    silent = {"endpoint": "refunds.create", "kind": "429"}
    story.stripe.control("POST", "faults", silent)
    refund_sends.work()
    story.stripe.control("DELETE", "faults")
    before = db.session.scalars(sa.select(Refund.state)).all()
    assert before
    assert sent(story) == 0
    db.session.rollback()
    dispute_id = opened(story, ana)
    for _ in range(3):
        story.leases.advance(3_600_000)
        refund_sends.work()
    assert sent(story) == 0
    decided(story, dispute_id, "lost")
    assert booked(story, "refunds_due", "sea") == 0
    assert complaints(story) == []


def test_dispute_over_what_is_left_after_a_refund_shows_the_refund_and_loses_the_rest_alone(
    story: Story,
) -> None:
    ana = given_back(story)
    refund_sends.work()
    assert (sent(story), booked(story, "refunds_due", "sea")) == (BACK, 0)
    dispute_id = opened(story, ana)
    row = dispute_list.one(the_dispute(ana).id)
    assert (row.amount_cents, row.refunded_cents, row.over_cents) == (10925 - BACK, BACK, 0)
    decided(story, dispute_id, "lost")
    assert booked(story, "dispute_losses", "sea") == -(10925 - BACK)
    assert booked(story, "stripe_clearing", "sea") == 0
    assert complaints(story) == []
