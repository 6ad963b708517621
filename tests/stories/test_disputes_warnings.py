"""A bank warns of fraud before anybody disputes: shown, and closed by a refund or by a person."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
import stripe as sdk

from billing.disputes import fraud_warnings
from billing.disputes.fraud_warnings import Row
from billing.models import Parked, Refund
from billing.refunds.refund_terms import Terms
from config import clock as time_of
from config.audit import Actor
from config.db import db, run_txn
from config.models import AuditEntry
from tests.support.story import Person, Story
from tests.support.story_disputes import bring, charges_of, opened
from tests.support.story_facts import complaints
from tests.support.story_refunds import granted, newest_invoice, send_all, wish

CLERK = Actor(None, "manager")


def waiting(story: Story) -> list[Row]:
    found = fraud_warnings.waiting([story.place("sea").id])
    db.session.rollback()
    return found


@pytest.fixture
def ana(story: Story) -> Person:
    """Somebody whose bank warns of the payment of her starter, by a letter that comes twice."""
    story.go("2027-01-05 10:00")
    who = story.join("Ana Mora", "STARTER-3")
    given = {"charge": charges_of(who)[-1], "kind": "made_with_stolen_card"}
    story.stripe.control("POST", "fraud_warnings", given)
    client = sdk.StripeClient(story.stripe.api_key, base_addresses={"api": story.stripe.url})
    kind = "radar.early_fraud_warning.created"
    (event,) = client.v1.events.list({"type": kind}).data
    letter = json.loads(json.dumps(event.to_dict(), default=str))
    assert bring(story, [letter]) == ["done"]
    assert bring(story, [letter, {**letter, "id": "evt_again"}]) == ["done"]
    return who


def test_a_warning_is_listed_once_and_nothing_happens_by_itself(story: Story, ana: Person) -> None:
    (row,) = waiting(story)
    assert (row.member_name, row.kind) == ("Ana Mora", "made with stolen card")
    assert (row.invoice_id, row.left_cents) == (newest_invoice(ana).id, 10925)
    assert fraud_warnings.waiting([story.place("tac").id]) == []
    assert db.session.scalars(sa.select(Parked.code)).all() == []
    send_all()
    assert db.session.scalars(sa.select(Refund.id)).all() == []
    assert complaints(story) == []


def test_the_ordinary_refund_closes_it_once_all_has_gone_back(story: Story, ana: Person) -> None:
    invoice = newest_invoice(ana)
    granted(story, wish(invoice, Terms("goodwill", "card", (), 925)), by="manager sea")
    send_all()
    assert [row.left_cents for row in waiting(story)] == [10000]
    granted(story, wish(invoice, Terms("goodwill", "card", (), 10000)), by="manager sea")
    send_all()
    assert waiting(story) == []
    assert complaints(story) == []


def test_who_has_looked_at_it_closes_it_and_is_written_down_once(story: Story, ana: Person) -> None:
    (row,) = waiting(story)
    for _ in range(2):
        run_txn(lambda: fraud_warnings.looked_at(row.id, by=CLERK, now=time_of.now()))
    assert waiting(story) == []
    told = sa.select(AuditEntry.action).where(AuditEntry.subject_type == "fraud_warning")
    assert sorted(db.session.scalars(told)) == ["fraud_warning.came", "fraud_warning.looked_at"]


def test_the_dispute_that_comes_of_it_takes_its_place(story: Story, ana: Person) -> None:
    opened(story, ana)
    assert waiting(story) == []


def test_a_warning_of_a_charge_that_is_not_ours_waits_for_it(story: Story, ana: Person) -> None:
    letter = {
        "id": "evt_strange", "object": "event", "type": "radar.early_fraud_warning.created",
        "livemode": False, "created": 1,
        "data": {"object": {"id": "issfr_unknown", "object": "radar.early_fraud_warning"}},
    }  # fmt: skip
    assert bring(story, [letter]) == ["parked"]
    assert len(waiting(story)) == 1
