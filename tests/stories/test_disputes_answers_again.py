"""Evidence that Stripe does not take at once: tried again by itself, or by a person who saw why."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from billing.disputes import answer_sends, answers
from billing.models import DisputeAnswer
from config import clock as time_of
from config.db import db, run_txn
from config.errors import Refused
from tests.stories.test_disputes_answers import CLERK, ask, at_stripe
from tests.stories.test_disputes_pages import disputed
from tests.support.story import Story
from tests.support.story_disputes import the_dispute

HOURS_MS = 3 * 3_600_000


def test_while_stripe_is_down_the_evidence_waits_and_says_why_until_it_is_handed_in(
    story: Story,
) -> None:
    ana, stripe_id = disputed(story)
    answer = ask(ana)
    down = {"endpoint": "disputes.update", "kind": "500_before", "times": None}
    story.stripe.control("POST", "faults", down)
    for tries in (1, 2):
        assert answer_sends.work() == {"unknown": 1}
        kept = answers.one(answer.id)
        assert (kept.state, kept.failure_code, kept.looks) == ("sending", "no_answer", tries)
        db.session.rollback()
        story.leases.advance(HOURS_MS)
    story.stripe.control("DELETE", "faults")
    assert answer_sends.work() == {"submitted": 1}
    assert answers.one(answer.id).failure_code is None
    assert at_stripe(story, stripe_id).evidence_details.submission_count == 1


def test_after_the_day_it_was_due_nothing_is_handed_in(story: Story) -> None:
    ana, stripe_id = disputed(story)
    answer = ask(ana)
    due_at = the_dispute(ana).evidence_due_at
    assert due_at is not None
    story.go_to(due_at)
    assert answer_sends.send(answer.id) == "failed"
    assert answers.one(answer.id).failure_code == "too_late"
    assert at_stripe(story, stripe_id).evidence_details.submission_count == 0


def test_what_stripe_finds_wrong_is_shown_and_sent_again_only_by_somebody(story: Story) -> None:
    ana, stripe_id = disputed(story)
    answer = ask(ana)
    too_long = dict.fromkeys(answer.texts, "x" * 20_000)
    run_txn(lambda: db.session.execute(sa.update(DisputeAnswer).values(texts=too_long)))
    assert answer_sends.send(answer.id) == "failed"
    assert answers.one(answer.id).failure_code
    db.session.rollback()
    story.leases.advance(HOURS_MS)
    assert answer_sends.work() == {}, "never blindly"
    assert at_stripe(story, stripe_id).evidence_details.submission_count == 0

    again = ask(ana)
    assert (again.id, again.state, again.failure_code) == (answer.id, "ready", None)
    assert answer_sends.send(again.id) == "submitted"
    seen = at_stripe(story, stripe_id)
    assert (seen.evidence_details.submission_count, seen.evidence.customer_name) == (1, "Ana Mora")
    assert ask(ana).state == "submitted", "the bank takes one"


def test_what_stripe_did_not_take_and_somebody_handed_in_by_hand_is_not_asked_for_again(
    story: Story,
) -> None:
    ana, _ = disputed(story)
    answer = ask(ana)
    run_txn(lambda: answers.failed(answers.one(answer.id), code="odd", now=time_of.now()))
    dispute_id = the_dispute(ana).id
    run_txn(lambda: answers.noted(dispute_id, by=CLERK, now=time_of.now()))
    with pytest.raises(Refused) as refused:
        ask(ana)
    assert refused.value.code == "handed_in"
