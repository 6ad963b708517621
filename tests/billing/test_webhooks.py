"""The letter-box: whoever writes, however often and late, a payment is written down once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from stripe import StripeClient
from werkzeug.test import TestResponse

from billing.gateway import Gateway
from billing.models import Invoice, Parked, Payment, PaymentAttempt, PaymentIntent, WebhookEvent
from billing.payments import hosted
from billing.sales import checkout
from config.clock import SimulatedClock
from config.db import db
from config.errors import Unavailable
from config.models import OutboxMessage
from membership.models import Member
from stripe_sandbox.launch import Running
from tests.billing.letters import count, letter, opened
from tests.billing.price_list import Studio


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


def test_letter_is_kept_first_and_opened_later(
    sold: tuple[str, str],
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    assert post(letter("checkout.session.completed", sold[0])).status_code == 200
    assert count(WebhookEvent) == 1
    assert count(Payment) == 0
    assert opened(gateway, clock) == {"done": 1}
    assert count(Payment) == 1
    assert opened(gateway, clock) == {}


def test_three_times_the_same_and_two_kinds_make_one_payment_and_one_receipt(
    sold: tuple[str, str],
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    for _ in range(3):
        post(letter("payment_intent.succeeded", sold[1], metadata=_pointer()))
    post(letter("checkout.session.completed", sold[0]))
    assert count(WebhookEvent) == 2
    assert opened(gateway, clock) == {"done": 2}
    assert count(Payment) == 1
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
    post(letter("payment_intent.payment_failed", sold[1]))
    assert opened(gateway, clock) == {"done": 1}
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
    post(letter("payment_intent.payment_failed", "pi_declined", metadata=_pointer()))
    assert opened(gateway, clock) == {"done": 1}
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
    post(letter("checkout.session.completed", str(session_id)))
    assert opened(gateway, clock) == {"done": 1}
    assert count(Payment) == 0


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
    post(letter(kind, "xx_of_somebody_else"))
    assert opened(gateway, clock) == {"parked": 1}
    assert opened(gateway, clock) == {}
    clock.advance(timedelta(seconds=61))
    assert opened(gateway, clock) == {"parked": 1}
    assert count(Parked) == 1


def test_parked_letter_is_resolved_when_its_object_turns_up(
    sold: tuple[str, str],
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    charge_id = gateway.retrieve_intent(sold[1]).charge_id
    post(letter("charge.succeeded", str(charge_id)))
    assert opened(gateway, clock) == {"parked": 1}
    hosted.finish(sold[0], gateway=gateway, now=clock.now())
    clock.advance(timedelta(minutes=2))
    assert opened(gateway, clock) == {"done": 1}
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
    post(letter("checkout.session.completed", session_id))
    assert opened(gateway, clock) == {"done": 1}
    assert count(Payment) == 1


@pytest.mark.parametrize("kind", ["payout.failed", "radar.watched"])
def test_money_that_moves_without_us_waits_for_a_person(
    kind: str,
    app: Flask,
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    post(letter(kind, "dp_1"))
    assert opened(gateway, clock) == {"parked": 1}
    assert db.session.scalars(sa.select(Parked.code)).one() == "by_hand"


def test_silent_stripe_leaves_the_letter_for_later(
    sold: tuple[str, str],
    post: Callable[..., TestResponse],
    gateway: Gateway,
    clock: SimulatedClock,
    stripe: Running,
) -> None:
    post(letter("checkout.session.completed", sold[0]))
    fault = {"endpoint": "checkout.sessions.retrieve", "kind": "500_before", "times": 2}
    stripe.control("POST", "faults", fault)
    assert opened(gateway, clock) == {"later": 1}
    assert db.session.scalars(sa.select(WebhookEvent.state)).one() == "new"
    clock.advance(timedelta(minutes=2))
    assert opened(gateway, clock) == {"done": 1}


def _pointer() -> dict[str, str]:
    attempt_id = db.session.scalars(sa.select(PaymentAttempt.id)).one()
    return {"attempt": str(attempt_id)}
