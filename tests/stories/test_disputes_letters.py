"""Letters about disputes come twice, backwards, days late, from strangers and in the wrong mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from billing.models import Dispute, Parked, WebhookEvent
from billing.payments import hosted
from config import clock as time_of
from config.db import db
from tests.support.story import Person, Story
from tests.support.story_disputes import (
    bank_decides,
    bring,
    charges_of,
    disputes_at_bank,
    the_dispute,
    told_of_disputes,
)
from tests.support.story_facts import booked, complaints, letters, plans

Events = list[dict[str, Any]]
ORDERS: dict[str, Callable[[Events], Events]] = {
    "in order": lambda told: told,
    "backwards": lambda told: told[::-1],
    "three times": lambda told: [
        {**one, "id": f"{one['id']}_{n}"} for n in range(3) for one in told
    ],
    "the last alone": lambda told: told[-1:],
}


def lost_unseen(story: Story) -> Person:
    """A dispute is opened and lost; every letter about it still waits at Stripe."""
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.go("2027-01-12 10:00")
    dispute_id = disputes_at_bank(story, charges_of(ana)[0])
    bank_decides(story, dispute_id, "lost")
    return ana


@pytest.mark.parametrize("order", ORDERS)
def test_however_the_letters_come_the_dispute_is_written_down_once(
    story: Story, order: str
) -> None:
    ana = lost_unseen(story)
    story.go("2027-01-15 10:00")  # three days late
    told = ORDERS[order](told_of_disputes(story))
    assert bring(story, told) == ["done"] * len(told)
    assert the_dispute(ana).state == "lost"
    assert plans(ana)[0].status == "ended"
    assert booked(story, "disputed", "sea") == 0
    assert booked(story, "dispute_losses", "sea") == -(8718 - 7900)
    assert [len(letters(ana, name)) for name in ("dispute_opened", "dispute_lost")] == [1, 1]
    assert complaints(story) == []


def test_letter_about_a_charge_that_we_do_not_know_yet_waits_until_we_do(story: Story) -> None:
    story.go("2027-01-05 10:00")
    pages: list[str] = []
    story.pay = lambda page, **_: pages.append(page)  # type: ignore[method-assign]
    story.join("Ana Mora", "STARTER-3")
    session_id = pages[0].rpartition("/")[2]
    paid = story.stripe.control("POST", f"checkout/{session_id}/pay", {"token": "pm_card_visa"})
    intent = story.gateway.retrieve_intent(paid["payment_intent"])
    disputes_at_bank(story, str(intent.charge_id))
    told = told_of_disputes(story)[:1]
    assert bring(story, told) == ["parked"]
    assert db.session.scalars(sa.select(Parked.code)).all() == ["unknown_object"]
    hosted.finish(session_id, gateway=story.gateway, now=time_of.now())
    story.go("2027-01-05 10:05")
    assert bring(story, []) == ["done"]
    assert db.session.scalars(sa.select(Dispute.state)).all() == ["open"]
    assert db.session.scalars(sa.select(Parked.id).where(Parked.resolved_at.is_(None))).all() == []


def test_live_letter_about_a_dispute_is_parked_and_looked_at_by_nobody(story: Story) -> None:
    lost_unseen(story)
    told = [{**told_of_disputes(story)[0], "livemode": True}]
    assert bring(story, told) == []
    assert db.session.scalars(sa.select(Parked.code)).all() == ["wrong_mode"]
    assert db.session.scalars(sa.select(Dispute)).all() == []


def test_silent_stripe_leaves_the_letter_for_later_and_a_stranger_is_parked(story: Story) -> None:
    ana = lost_unseen(story)
    told = told_of_disputes(story)[-1:]
    fault = {"endpoint": "disputes.retrieve", "kind": "500_before", "times": 2}
    story.stripe.control("POST", "faults", fault)
    assert bring(story, told) == ["later"]
    story.go("2027-01-12 10:05")
    assert bring(story, []) == ["done"]
    assert the_dispute(ana).state == "lost"
    stranger = {**told[0], "id": "evt_stranger"}
    stranger["data"] = {"object": {**told[0]["data"]["object"], "id": "dp_of_somebody_else"}}
    assert bring(story, [stranger]) == ["parked"]
    (stranger_row,) = db.session.scalars(
        sa.select(WebhookEvent.state).where(WebhookEvent.id == "evt_stranger")
    )
    assert stranger_row == "parked"
