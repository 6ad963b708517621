"""The letter-box: whoever writes, however often and late, a payment is written down once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from stripe import StripeClient, WebhookSignature
from werkzeug.test import TestResponse

from billing import checkout, hosted, webhooks
from billing.gateway import Gateway
from billing.models import Invoice, Parked, Payment, PaymentAttempt, PaymentIntent, WebhookEvent
from config.clock import SimulatedClock
from config.db import db
from config.errors import Unavailable
from config.models import OutboxMessage
from membership.models import Member
from stripe_sandbox.launch import Running
from tests.billing.conftest import WEBHOOK_SECRET, Studio

Letter = dict[str, Any]


def _letter(
    kind: str,
    object_id: str,
    *,
    event_id: str | None = None,
    metadata: dict[str, str] | None = None,
    live: bool = False,
) -> Letter:
    return {
        "id": event_id or f"evt_{kind}_{object_id}"[:80],
        "object": "event",
        "type": kind,
        "livemode": live,
        "created": 1,
        "data": {"object": {"id": object_id, "object": "thing", "metadata": metadata or {}}},
    }


def _signature(body: bytes, at: datetime, secret: str = WEBHOOK_SECRET) -> str:
    stamp = int(at.timestamp())
    signed = WebhookSignature._compute_signature(f"{stamp}.{body.decode()}", secret)
    return f"t={stamp},v1={signed}"


@pytest.fixture
def post(client: FlaskClient, clock: SimulatedClock) -> Callable[..., TestResponse]:
    """Send a letter as Stripe does; `signature` replaces the right one."""

    def posted(letter: Letter | bytes, signature: str | None = None) -> TestResponse:
        body = letter if isinstance(letter, bytes) else json.dumps(letter).encode()
        header = signature if signature is not None else _signature(body, clock.now())
        return client.post(
            "/webhooks/stripe",
            data=body,
            headers={"Stripe-Signature": header, "Content-Type": "application/json"},
            base_url="https://localhost",
        )

    return posted


@pytest.fixture
def sold(
    studio: Studio, member: Member, gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> tuple[str, str]:
    """A starter that was paid at Stripe and nobody told us; ids of session and intent."""
    checkout.sell_pack(
        member_id=member.id,
        pack_version_id=studio.starter,
        location_id=studio.sea.id,
        gateway=gateway,
        now=clock.now(),
    )
    session_id = db.session.scalars(sa.select(PaymentIntent.session_id)).one()
    paid = stripe.control("POST", f"checkout/{session_id}/pay", {"token": "pm_card_visa"})
    return str(session_id), paid["payment_intent"]


def _count(model: type) -> int:
    db.session.expire_all()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def _open(gateway: Gateway, clock: SimulatedClock) -> dict[str, int]:
    return dict(webhooks.open_waiting(clock.now(), 50, gateway))


def test_letter_is_kept_first_and_opened_later(
    sold: tuple[str, str],
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    assert post(_letter("checkout.session.completed", sold[0])).status_code == 200
    assert _count(WebhookEvent) == 1
    assert _count(Payment) == 0
    assert _open(gateway, clock) == {"done": 1}
    assert _count(Payment) == 1
    assert _open(gateway, clock) == {}


def test_three_times_the_same_and_two_kinds_make_one_payment_and_one_receipt(
    sold: tuple[str, str],
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    for _ in range(3):
        post(_letter("payment_intent.succeeded", sold[1], metadata=_pointer()))
    post(_letter("checkout.session.completed", sold[0]))
    assert _count(WebhookEvent) == 2
    assert _open(gateway, clock) == {"done": 2}
    assert _count(Payment) == 1
    receipts = sa.select(OutboxMessage).where(OutboxMessage.template == "receipt")
    assert len(db.session.scalars(receipts).all()) == 1


def test_late_failure_of_an_earlier_try_leaves_paid_paid(
    sold: tuple[str, str],
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    hosted.finish(sold[0], gateway=gateway, now=clock.now())
    clock.advance(timedelta(days=21))
    post(_letter("payment_intent.payment_failed", sold[1]))
    assert _open(gateway, clock) == {"done": 1}
    assert db.session.scalars(sa.select(Invoice.state)).one() == "paid"
    assert db.session.scalars(sa.select(PaymentAttempt.state)).one() == "succeeded"


def test_declined_card_on_the_page_does_not_close_the_sale(
    studio: Studio,
    member: Member,
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    checkout.sell_pack(
        member_id=member.id,
        pack_version_id=studio.starter,
        location_id=studio.sea.id,
        gateway=gateway,
        now=clock.now(),
    )
    post(_letter("payment_intent.payment_failed", "pi_declined", metadata=_pointer()))
    assert _open(gateway, clock) == {"done": 1}
    assert db.session.scalars(sa.select(PaymentAttempt.state)).one() == "action"


def test_what_a_letter_claims_is_not_believed(
    studio: Studio,
    member: Member,
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    checkout.sell_pack(
        member_id=member.id,
        pack_version_id=studio.starter,
        location_id=studio.sea.id,
        gateway=gateway,
        now=clock.now(),
    )
    session_id = db.session.scalars(sa.select(PaymentIntent.session_id)).one()
    post(_letter("checkout.session.completed", str(session_id)))
    assert _open(gateway, clock) == {"done": 1}
    assert _count(Payment) == 0


@pytest.mark.parametrize(
    "kind", ["checkout.session.completed", "payment_intent.succeeded", "charge.succeeded"]
)
def test_unknown_object_is_parked_looked_at_again_and_let_go_once_known(
    kind: str,
    app: Flask,
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    post(_letter(kind, "xx_of_somebody_else"))
    assert _open(gateway, clock) == {"parked": 1}
    assert _open(gateway, clock) == {}
    clock.advance(timedelta(seconds=61))
    assert _open(gateway, clock) == {"parked": 1}
    assert _count(Parked) == 1


def test_parked_letter_is_resolved_when_its_object_turns_up(
    sold: tuple[str, str],
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    charge_id = gateway.retrieve_intent(sold[1]).charge_id
    post(_letter("charge.succeeded", str(charge_id)))
    assert _open(gateway, clock) == {"parked": 1}
    hosted.finish(sold[0], gateway=gateway, now=clock.now())
    clock.advance(timedelta(minutes=2))
    assert _open(gateway, clock) == {"done": 1}
    assert db.session.scalars(sa.select(Parked.resolved_at)).one() is not None


def test_session_whose_making_was_never_answered_is_found_by_our_key_inside_it(
    studio: Studio,
    member: Member,
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
    stripe: Running,
) -> None:
    fault = {"endpoint": "checkout.sessions.create", "kind": "unreadable", "times": 2}
    stripe.control("POST", "faults", fault)
    with pytest.raises(Unavailable):
        checkout.sell_pack(
            member_id=member.id,
            pack_version_id=studio.starter,
            location_id=studio.sea.id,
            gateway=gateway,
            now=clock.now(),
        )
    sdk = StripeClient(stripe.api_key, base_addresses={"api": stripe.url})
    session_id = sdk.v1.checkout.sessions.list().data[0].id
    stripe.control("POST", f"checkout/{session_id}/pay", {"token": "pm_card_visa"})
    post(_letter("checkout.session.completed", session_id))
    assert _open(gateway, clock) == {"done": 1}
    assert _count(Payment) == 1


@pytest.mark.parametrize("kind", ["payout.failed", "radar.early_fraud_warning.created"])
def test_money_that_moves_without_us_waits_for_a_person(
    kind: str,
    app: Flask,
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    post(_letter(kind, "dp_1"))
    assert _open(gateway, clock) == {"parked": 1}
    assert db.session.scalars(sa.select(Parked.code)).one() == "by_hand"


def test_silent_stripe_leaves_the_letter_for_later(
    sold: tuple[str, str],
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
    stripe: Running,
) -> None:
    post(_letter("checkout.session.completed", sold[0]))
    fault = {"endpoint": "checkout.sessions.retrieve", "kind": "500_before", "times": 2}
    stripe.control("POST", "faults", fault)
    assert _open(gateway, clock) == {"later": 1}
    assert db.session.scalars(sa.select(WebhookEvent.state)).one() == "new"
    clock.advance(timedelta(minutes=2))
    assert _open(gateway, clock) == {"done": 1}


def test_live_letter_to_a_test_studio_is_kept_and_parked(
    app: Flask, post: Callable[..., TestResponse], gateway: Gateway, clock: SimulatedClock
) -> None:
    assert post(_letter("payment_intent.succeeded", "pi_1", live=True)).status_code == 200
    assert db.session.scalars(sa.select(WebhookEvent.state)).one() == "parked"
    assert db.session.scalars(sa.select(Parked.code)).one() == "wrong_mode"


@pytest.mark.parametrize(
    "signature", ["", "t=1,v1=00", "nonsense", "t=now,v1=zz", "v1=" + "0" * 64]
)
def test_unsigned_letter_is_refused_and_not_kept(
    app: Flask, post: Callable[..., TestResponse], signature: str
) -> None:
    assert post(_letter("payment_intent.succeeded", "pi_1"), signature).status_code == 400
    assert _count(WebhookEvent) == 0


@pytest.mark.parametrize("hours", [-1, 1])
def test_signature_of_another_hour_is_refused(
    app: Flask, post: Callable[..., TestResponse], clock: SimulatedClock, hours: int
) -> None:
    body = json.dumps(_letter("payment_intent.succeeded", "pi_1")).encode()
    old = _signature(body, clock.now() + timedelta(hours=hours))
    assert post(body, old).status_code == 400
    assert _count(WebhookEvent) == 0


@pytest.mark.parametrize("body", [b"[]", b"{}", b'"x"', b'{"id": 1}', b"null"])
def test_signed_nonsense_is_refused(
    app: Flask, post: Callable[..., TestResponse], body: bytes
) -> None:
    assert post(body).status_code == 400
    assert _count(WebhookEvent) == 0


def test_bytes_that_are_no_text_are_refused(app: Flask, post: Callable[..., TestResponse]) -> None:
    assert post(b"\xff\xfe{}", "t=1,v1=00").status_code == 400


def test_letter_of_a_megabyte_is_too_long(app: Flask, post: Callable[..., TestResponse]) -> None:
    assert post(b"x" * 1_000_000, "t=1,v1=00").status_code == 413
    assert _count(WebhookEvent) == 0


def _pointer() -> dict[str, str]:
    attempt_id = db.session.scalars(sa.select(PaymentAttempt.id)).one()
    return {"attempt": str(attempt_id)}
