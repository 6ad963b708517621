"""The doctor asks Stripe: what it took and what we wrote down are the same, both ways."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from billing.gateway import Gateway
from billing.models import Payment, PaymentAttempt, WebhookEvent
from billing.reconciling import reconcile
from config.clock import SimulatedClock
from config.db import db, transaction
from config.errors import Unavailable
from stripe_sandbox.launch import Running

MINUTE = timedelta(minutes=1)


@pytest.fixture
def paid(paid: Payment, clock: SimulatedClock) -> Payment:
    """A minute ago: both sides have had the time to know of it."""
    clock.advance(MINUTE)
    return paid


def collected(gateway: Gateway, clock: SimulatedClock) -> list[str]:
    db.session.expire_all()
    return list(reconcile.collected_findings(gateway, asked_at=clock.now()))


def test_a_payment_that_both_sides_know_is_no_finding(
    paid: Payment, gateway: Gateway, clock: SimulatedClock
) -> None:
    assert collected(gateway, clock) == []


def test_money_at_stripe_that_we_never_wrote_down_is_found(
    paid: Payment, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    customer = gateway.create_customer(key="cu:x", email="x@studio.example", metadata={})
    card = stripe.control(
        "POST", "cards", {"customer": customer, "token": "pm_card_visa", "set_up": True}
    )
    intent = gateway.create_intent(
        key="pi:x", customer_id=customer, amount_cents=4200, currency="USD", metadata={}
    )
    gateway.confirm_intent(intent.id, key="cf:x", payment_method_id=card["id"])

    (finding,) = collected(gateway, clock)
    assert finding == f"{intent.id} took 4200 USD, and nothing of ours says so"


def test_a_payment_of_ours_that_stripe_does_not_have_is_found(
    paid: Payment, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    stripe.control("POST", "reset")

    (finding,) = collected(gateway, clock)
    assert finding.startswith(f"payment {paid.id} of {paid.amount_cents} is not collected at pi_")


def test_a_payment_made_while_stripe_was_being_asked_is_left_to_the_next_look(
    paid: Payment, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    stripe.control("POST", "reset")
    before = paid.received_at - MINUTE

    assert list(reconcile.collected_findings(gateway, asked_at=before)) == []


def test_an_amount_written_down_wrongly_is_found(
    paid: Payment, gateway: Gateway, clock: SimulatedClock
) -> None:
    with transaction():
        db.session.execute(sa.update(Payment).values(amount_cents=1))

    (finding,) = collected(gateway, clock)
    assert "took 10925 USD" in finding
    assert "we wrote 1 USD" in finding


def test_money_whose_outcome_is_about_to_be_written_down_is_no_finding(
    paid: Payment, gateway: Gateway, clock: SimulatedClock
) -> None:
    with transaction():
        db.session.execute(sa.delete(Payment))
        db.session.execute(sa.update(PaymentAttempt).values(state="sending"))

    assert collected(gateway, clock) == []


def test_a_letter_of_the_other_mode_that_was_opened_is_found(
    paid: Payment, gateway: Gateway, clock: SimulatedClock
) -> None:
    assert list(reconcile.mode_findings(gateway, asked_at=clock.now())) == []
    with transaction():
        db.session.add(
            WebhookEvent(
                id="evt_live",
                type="payment_intent.succeeded",
                object_id="pi_live",
                payload={},
                live_mode=True,
                state="done",
                tries=1,
                received_at=clock.now(),
                next_try_at=clock.now(),
            )
        )

    (finding,) = reconcile.mode_findings(gateway, asked_at=clock.now())
    assert finding == "letter evt_live of the other mode was opened"


def test_a_silent_stripe_means_that_nothing_can_be_said(
    paid: Payment, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    stripe.control(
        "POST", "faults", {"endpoint": "payment_intents.list", "kind": "500_before", "times": 9}
    )
    with pytest.raises(Unavailable):
        collected(gateway, clock)
    stripe.control("DELETE", "faults")
