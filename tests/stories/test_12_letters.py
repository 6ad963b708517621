"""Story 12: Stripe's letters come often, late, backwards and from strangers, over real HTTP."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from stripe import WebhookSignature
from werkzeug.serving import make_server

from billing.models import Parked, Payment, PaymentAttempt, WebhookEvent
from config.db import db
from tests.support.databases import WEBHOOK_SECRET
from tests.support.story import Person, Story
from tests.support.story_facts import bills, booked, complaints, letters, taken

POLITE = {"paused": False, "own_time": False, "copies": 0, "backwards": False}


@pytest.fixture
def box(story: Story) -> Iterator[str]:
    """Our letter-box on loopback, known to Stripe; what it has to say waits until `bring`."""
    server = make_server("127.0.0.1", 0, story.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"127.0.0.1:{server.port}"
    endpoint = {"url": f"http://{address}/webhooks/stripe", "secret": WEBHOOK_SECRET}
    story.stripe.control("POST", "webhooks", {"paused": True, "own_time": True})
    story.stripe.control("POST", "webhooks/endpoint", endpoint)
    yield address
    story.stripe.control("POST", "webhooks", POLITE)
    server.shutdown()
    thread.join()
    server.server_close()


def bring(story: Story, **manners: Any) -> dict[str, Any]:
    """Have Stripe bring everything that waits, in these manners, and open it."""
    story.stripe.control("POST", "webhooks", manners)
    brought = story.stripe.control("POST", "webhooks/flush")
    story.tick()
    return brought


def post(box: str, body: dict[str, Any], signature: str) -> int:
    """What anybody on the net may do; returns the status that was answered."""
    connection = http.client.HTTPConnection(box, timeout=10)
    headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
    connection.request("POST", "/webhooks/stripe", json.dumps(body), headers)
    status = connection.getresponse().status
    connection.close()
    return status


def event(kind: str, object_id: str) -> dict[str, Any]:
    subject = {"id": object_id, "object": "payment_intent", "metadata": {}}
    return {
        "id": f"evt_{kind}_{object_id}",
        "object": "event",
        "type": kind,
        "livemode": False,
        "created": 1,
        "data": {"object": subject},
    }


def signed(body: dict[str, Any], secret: str, at: datetime) -> str:
    return WebhookSignature.generate_signature_header(json.dumps(body), secret, int(at.timestamp()))


def kept() -> list[tuple[str, str]]:
    query = sa.select(WebhookEvent.type, WebhookEvent.state).order_by(WebhookEvent.id)
    return [(row[0], row[1]) for row in db.session.execute(query)]


def payments() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Payment)) or 0


def answer_lost_on_second_try(story: Story, slug: str) -> Person:
    """MAINT-2 from January 5th; its renewal is declined once, and then paid without our knowing."""
    story.go("2027-01-05 10:00", slug)
    ana = story.join("Ana Mora", "MAINT-2", at=slug)
    story.bank_says(
        ana, {"outcome": "insufficient_funds", "from": "2027-02-05T00:00:00+00:00", "times": 1}
    )
    story.go("2027-02-05 09:00", slug)
    story.work(slug)
    assert bills(ana)[1].state == "open"
    # The line breaks after Stripe has charged, and stays broken when we ask again.
    for kind in ("reset_after", "reset"):
        fault = {"endpoint": "payment_intents.confirm", "kind": kind}
        story.stripe.control("POST", "faults", fault)
    story.live("2027-02-07 09:00", slug)
    story.stripe.control("DELETE", "faults")
    assert (len(taken(story)), bills(ana)[1].state, payments()) == (2, "open", 1)
    return ana


@pytest.mark.parametrize(("slug", "cents"), [("sea", 8718), ("phx", 7900)])
def test_paid_on_february_7_and_told_three_times_with_an_old_failure_last_is_one_payment(
    story: Story, box: str, slug: str, cents: int
) -> None:
    ana = answer_lost_on_second_try(story, slug)
    brought = bring(story, copies=2, backwards=True)  # three of each, the failure after the success
    assert brought["failed"] == 0
    told = [kind for kind, _ in kept()]
    assert told.count("payment_intent.payment_failed") == 1
    assert told.count("payment_intent.succeeded") == 2  # of the first period, and of this renewal
    assert {state for _, state in kept()} == {"done"}
    assert taken(story) == [cents, cents]
    assert payments() == 2
    assert [bill.state for bill in bills(ana)] == ["paid", "paid"]
    assert booked(story, "stripe_clearing", slug, kind="payment") == -2 * cents
    story.tick()
    assert len(letters(ana, "receipt")) == 2
    tried = sa.select(PaymentAttempt.state).order_by(PaymentAttempt.n, PaymentAttempt.id)
    assert sorted(db.session.scalars(tried)) == ["failed", "succeeded", "succeeded"]
    assert complaints(story) == []


def test_worker_that_comes_back_after_the_letter_finds_it_settled_and_charges_nothing(
    story: Story, box: str
) -> None:
    ana = answer_lost_on_second_try(story, "sea")
    bring(story)
    story.leases.advance(3_600_000)
    story.tick()
    story.live("2027-02-09 12:00")
    assert taken(story) == [8718, 8718]
    assert payments() == 2
    assert bills(ana)[1].state == "paid"


def test_letter_about_an_unknown_object_is_parked_and_looked_at_again(
    story: Story, box: str
) -> None:
    stranger = event("payment_intent.succeeded", "pi_of_somebody_else")
    now = story.go("2027-01-05 10:00")
    assert post(box, stranger, signed(stranger, WEBHOOK_SECRET, now)) == 200
    story.tick()
    assert kept() == [("payment_intent.succeeded", "parked")]
    assert db.session.scalars(sa.select(Parked.code)).all() == ["unknown_object"]
    tries = sa.select(WebhookEvent.tries)
    story.tick()
    assert db.session.scalars(tries).one() == 1  # not at once
    story.go("2027-01-05 10:02")
    story.tick()
    assert db.session.scalars(tries).one() == 2
    assert payments() == 0


def test_forged_unsigned_or_old_letters_are_answered_400_and_leave_nothing(
    story: Story, box: str
) -> None:
    now = story.go("2027-01-05 10:00")
    letter = event("payment_intent.succeeded", "pi_1")
    other = signed(letter, "whsec_of_somebody_else", now)
    assert post(box, letter, other) == 400
    assert post(box, letter, "") == 400
    assert post(box, letter, signed(letter, WEBHOOK_SECRET, now - timedelta(hours=1))) == 400
    altered = {**letter, "type": "charge.refunded"}
    assert post(box, altered, signed(letter, WEBHOOK_SECRET, now)) == 400
    assert kept() == []
    assert post(box, letter, signed(letter, WEBHOOK_SECRET, now.astimezone(UTC))) == 200
