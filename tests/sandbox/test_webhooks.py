"""Events reach their endpoint signed, at least once, and are tried again when it fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import stripe

SECRET = "whsec_of_a_test"


class Receiver(HTTPServer):
    """Keeps what it is sent; answers with `status`."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[tuple[bytes, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/webhooks/stripe"

    def kinds(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.got]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((body, self.headers["Stripe-Signature"]))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver(sandbox) -> Iterator[Receiver]:
    """Listens to a sandbox that delivers only when it is told to."""
    sandbox.control("POST", "webhooks", {"paused": True})
    server = Receiver()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    sandbox.control("POST", "webhooks/endpoint", {"url": server.url, "secret": SECRET})
    yield server
    server.shutdown()
    server.server_close()


def test_a_paid_intent_is_told_with_a_signature_the_sdk_accepts(sandbox, member, receiver) -> None:
    intent = member.intent()
    member.confirm(intent.id)
    sandbox.control("POST", "webhooks/flush")
    body, signature = receiver.got[receiver.kinds().index("payment_intent.succeeded")]
    event = stripe.Webhook.construct_event(body, signature, SECRET)
    assert event.data.object["id"] == intent.id
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, "whsec_of_another")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body.replace(b"5000", b"1"), signature, SECRET)


def test_every_change_of_a_sale_is_told(sandbox, member, receiver) -> None:
    intent = member.intent()
    member.confirm(intent.id)
    member.api.refunds.create({"payment_intent": intent.id, "amount": 100})
    charge = member.charges(intent.id)[0].id
    dispute = sandbox.control("POST", "disputes", {"charge": charge})
    sandbox.control("POST", f"disputes/{dispute['id']}/close", {"status": "lost"})
    member.api.payment_intents.cancel(member.intent().id)
    sandbox.control("POST", "webhooks/flush")
    assert {
        "customer.created",
        "payment_method.attached",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.closed",
        "payment_intent.canceled",
    } - set(receiver.kinds()) == {"customer.created", "payment_method.attached"}


def test_a_failing_endpoint_is_tried_again_later_and_not_before(sandbox, member, receiver) -> None:
    member.intent()
    receiver.status = 500
    assert sandbox.control("POST", "webhooks/flush") == {"delivered": 0, "failed": 1}
    waiting = sandbox.control("GET", "webhooks/pending")["pending"]
    assert [(w["type"], w["tries"]) for w in waiting] == [("payment_intent.created", 1)]
    receiver.status = 200
    sandbox.control("POST", "clock", {"now": waiting[0]["due"]})
    assert sandbox.control("POST", "webhooks/flush") == {"delivered": 1, "failed": 0}
    assert sandbox.control("GET", "webhooks/pending")["pending"] == []
    assert len(receiver.got) == 2


def test_after_three_days_of_failure_stripe_gives_up(sandbox, member, receiver) -> None:
    member.intent()
    receiver.status = 500
    for day in ("02", "03", "04", "05"):
        sandbox.control("POST", "webhooks/flush")
        sandbox.control("POST", "clock", {"now": f"2026-03-{day}T12:00:00+00:00"})
    sandbox.control("POST", "webhooks/flush")
    assert sandbox.control("GET", "webhooks/pending")["pending"] == []


def test_events_can_come_twice_and_in_the_wrong_order(sandbox, member, receiver) -> None:
    sandbox.control("POST", "webhooks", {"copies": 1, "backwards": True})
    intent = member.intent()
    member.confirm(intent.id)
    sandbox.control("POST", "webhooks/flush")
    kinds = receiver.kinds()
    assert len(kinds) == 6
    assert kinds[:2] == ["payment_intent.succeeded"] * 2
    assert kinds[-2:] == ["payment_intent.created"] * 2


def test_without_being_told_the_courier_delivers_by_itself(sandbox, member, receiver) -> None:
    arrived = threading.Event()
    original = receiver.finish_request

    def noticed(*args: object) -> None:
        original(*args)  # type: ignore[arg-type]
        arrived.set()

    receiver.finish_request = noticed  # type: ignore[method-assign]
    sandbox.control("POST", "webhooks", {"paused": False})
    member.intent()
    assert arrived.wait(5)
