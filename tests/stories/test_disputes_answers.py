"""What a studio tells a bank about a dispute: by a button, once, with nothing of health."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from billing.disputes import answer_sends, answer_texts, answers, dispute_list, evidence
from billing.models import Dispute, DisputeAnswer
from config import clock as time_of
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Refused
from config.models import AuditEntry
from tests.stories.test_disputes_inquiries import asked
from tests.stories.test_disputes_pages import disputed
from tests.support.story import Person, Story
from tests.support.story_disputes import bank_decides, decided, look, the_dispute
from tests.support.story_facts import complaints

CLERK = Actor(None, "manager")


def ask(who: Person) -> DisputeAnswer:
    now = time_of.now()
    dispute_id = the_dispute(who).id
    answer_id = run_txn(lambda: answers.ask(dispute_id, by=CLERK, now=now))
    return answers.one(answer_id)


def at_stripe(story: Story, stripe_id: str) -> Any:
    return story.gateway._client.v1.disputes.retrieve(stripe_id)


def test_the_button_hands_in_texts_and_receipt_once_and_the_bank_decides(story: Story) -> None:
    ana, stripe_id = disputed(story)
    answer = ask(ana)
    assert answer_sends.send(answer.id) == "submitted"
    seen = at_stripe(story, stripe_id)
    assert (seen.status, seen.evidence_details.submission_count) == ("under_review", 1)
    assert seen.evidence.customer_name == "Ana Mora"
    assert "came to Seattle" in seen.evidence.access_activity_log
    assert "came to Tacoma" in seen.evidence.access_activity_log
    assert "Contract, signed by Ana Mora" in seen.evidence.cancellation_policy_disclosure
    assert "Plan cancelled, by the member" in seen.evidence.cancellation_rebuttal
    assert seen.evidence.receipt.startswith("file_")
    row = dispute_list.one(the_dispute(ana).id)
    assert row.noted_at == time_of.now()
    assert not row.is_waiting
    assert look(story, stripe_id) == "open"
    assert ask(ana).id == answer.id
    assert answer_sends.send(answer.id) == "taken"
    assert answer_sends.work() == {}
    assert at_stripe(story, stripe_id).evidence_details.submission_count == 1
    decided(story, stripe_id, "won")
    told = db.session.scalars(
        sa.select(AuditEntry.action).where(AuditEntry.action.like("dispute.%"))
    ).all()
    assert told.count("dispute.answer_asked") == told.count("dispute.answered") == 1
    assert complaints(story) == []


@pytest.mark.parametrize("how", ["forgotten", "unnoted"])
def test_an_answer_that_nobody_sends_or_sees_is_found(story: Story, how: str) -> None:
    ana, _ = disputed(story)
    answer = ask(ana)
    assert complaints(story) == []
    if how == "forgotten":
        story.go("2027-01-16 07:00")
    else:
        answer_sends.send(answer.id)
        run_txn(lambda: db.session.execute(sa.update(Dispute).values(evidence_noted_at=None)))
    assert [one[:3] for one in complaints(story)] == ["D3:"]


def test_what_was_handed_in_at_stripe_by_hand_is_found_and_not_sent_again(story: Story) -> None:
    ana, stripe_id = disputed(story)
    answer = ask(ana)
    given = {"evidence": {"uncategorized_text": "By hand."}, "submit": True}
    story.gateway._client.v1.disputes.update(stripe_id, given)
    assert answer_sends.send(answer.id) == "submitted"
    assert at_stripe(story, stripe_id).evidence.uncategorized_text == "By hand."


def test_nothing_is_handed_in_after_the_bank_has_decided_or_somebody_did_by_hand(
    story: Story,
) -> None:
    ana, stripe_id = disputed(story)
    late = ask(ana)
    bank_decides(story, stripe_id, "lost")
    assert answer_sends.send(late.id) == "failed"
    assert answers.one(late.id).failure_code == "too_late"
    look(story, stripe_id)
    with pytest.raises(Refused) as refused:
        answers.ask(the_dispute(ana).id, by=CLERK, now=time_of.now())
    assert refused.value.code == "dispute_closed"


def test_after_somebody_noted_it_by_hand_the_button_hands_in_nothing(story: Story) -> None:
    ana, _ = disputed(story)
    dispute_id, now = the_dispute(ana).id, time_of.now()
    run_txn(lambda: answers.noted(dispute_id, by=CLERK, now=now))
    with pytest.raises(Refused) as refused:
        answers.ask(dispute_id, by=CLERK, now=now)
    assert refused.value.code == "handed_in"


def test_an_inquiry_is_answered_and_the_dispute_that_comes_of_it_once_more(story: Story) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    stripe_id = asked(story, ana)
    first = ask(ana)
    assert answer_sends.send(first.id) == "submitted"
    assert at_stripe(story, stripe_id).status == "warning_under_review"
    story.stripe.control("POST", f"disputes/{stripe_id}/escalate")
    look(story, stripe_id)
    assert dispute_list.one(the_dispute(ana).id).is_waiting
    second = ask(ana)
    assert (first.about, second.about) == ("inquiry", "dispute")
    assert answer_sends.send(second.id) == "submitted"
    assert at_stripe(story, stripe_id).status == "under_review"


def test_the_texts_hold_no_health_and_none_is_longer_than_the_bank_reads(story: Story) -> None:
    ana, _ = disputed(story)
    found = evidence.gather(the_dispute(ana).id)
    texts = answer_texts.texts(found)
    assert set(texts) == {
        "customer_name", "customer_email_address", "product_description", "service_date",
        "cancellation_policy_disclosure", "access_activity_log", "cancellation_rebuttal",
        "uncategorized_text",
    }  # fmt: skip
    kept = json.dumps(texts).lower()
    for word in ("health", "score", "pain", "medical", "doctor"):
        assert word not in kept
    (first, *_rest) = found.agreed
    long = answer_texts.texts(
        type(found)(**{**_plain(found), "agreed": [_with_text(first, "x" * 30_000)]})
    )
    disclosed = long["cancellation_policy_disclosure"]
    assert len(disclosed) == answer_texts.MOST
    assert disclosed.endswith("the rest is on file)")


def _plain(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name) for name in found.__slots__}


def _with_text(one: Any, text: str) -> Any:
    return type(one)(**{**_plain(one), "text": text})
