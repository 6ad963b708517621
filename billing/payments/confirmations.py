"""The bank wants to hear the member: they confirm the *same* intent, so it can succeed once.

An edge, as checkout is. Stripe sends the browser to the bank's page and back; no script of
Stripe's runs on ours.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from flask import current_app

from billing.gateway import Gateway, GatewayRefused, Intent, OutcomeUnknown, Throttled
from billing.models import Invoice, PaymentAttempt, PaymentIntent, StripeCustomer
from billing.payments import payments
from billing.rules.attempt import Verdict
from billing.rules.keys import of_this_minute
from config.db import db
from config.errors import Refused, Unavailable


class Asked(NamedTuple):
    """An attempt that waits for the member, its intent at Stripe and the card it is about."""

    attempt_id: UUID
    stripe_id: str
    payment_method_id: str | None
    stripe_account: str


def asked(invoice_id: UUID) -> Asked | None:
    """Whether the bank asked for the member over this invoice, and has no answer yet."""
    row = db.session.execute(
        sa.select(
            PaymentAttempt.id,
            PaymentIntent.stripe_id,
            StripeCustomer.payment_method_id,
            PaymentIntent.stripe_account,
        )
        .join(PaymentIntent, PaymentIntent.id == PaymentAttempt.intent_id)
        .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
        .outerjoin(
            StripeCustomer,
            sa.and_(
                StripeCustomer.member_id == Invoice.member_id,
                StripeCustomer.stripe_account == PaymentIntent.stripe_account,
            ),
        )
        .where(
            PaymentAttempt.invoice_id == invoice_id,
            PaymentAttempt.kind == "off_session",
            PaymentAttempt.state == "action",
            PaymentIntent.stripe_id.is_not(None),
        )
    ).first()
    return Asked._make(row) if row else None


def begin(invoice_id: UUID, *, gateway: Gateway, now: datetime) -> str | None:
    """The bank's address for the member to go to; none where the payment is decided already.

    Refused where nothing is asked any more, Unavailable where Stripe does not answer.
    """
    waiting = asked(invoice_id)
    if waiting is None or waiting.payment_method_id is None:
        raise Refused("nothing_to_confirm", "There is nothing to confirm any more.")
    try:
        gateway = gateway.at(waiting.stripe_account)
        intent = gateway.retrieve_intent(waiting.stripe_id)
        if intent.status in ("requires_payment_method", "requires_confirmation"):
            intent = _confirm(invoice_id, waiting, intent, gateway, now)
    except (OutcomeUnknown, Throttled, GatewayRefused) as silence:
        raise _unreachable() from silence
    if intent.status == "requires_action" and intent.next_action_url:
        return intent.next_action_url
    payments.settle(waiting.attempt_id, intent, now=now)
    return None


def look(invoice_id: UUID, *, gateway: Gateway, now: datetime) -> Verdict | None:
    """What came of it, after the bank sent the member back; none where nothing waits."""
    waiting = asked(invoice_id)
    if waiting is None:
        return None
    try:
        intent = gateway.at(waiting.stripe_account).retrieve_intent(waiting.stripe_id)
    except (OutcomeUnknown, Throttled, GatewayRefused) as silence:
        raise _unreachable() from silence
    return payments.settle(waiting.attempt_id, intent, now=now).verdict


def give_up(invoice_id: UUID, *, gateway: Gateway, now: datetime) -> None:
    """Ask no more, since another card is there: the try has failed once Stripe says canceled.

    Where the member confirmed meanwhile, that is the payment. While Stripe is silent, or a
    page is open, nothing changes: the janitor looks again, and gives up for another card, too.
    """
    waiting = asked(invoice_id)
    if waiting is None:
        return
    try:
        door = gateway.at(waiting.stripe_account)
        key = of_this_minute(f"ca:{waiting.attempt_id}", now)
        seen = door.cancel_intent(waiting.stripe_id, key=key)
    except (OutcomeUnknown, Throttled, GatewayRefused):
        return
    payments.settle(waiting.attempt_id, seen, now=now)


def _confirm(
    invoice_id: UUID, waiting: Asked, intent: Intent, gateway: Gateway, now: datetime
) -> Intent:
    """A key per newest charge and minute: asking twice is one try, and another has another key.

    A confirmation that the bank's page refused leaves no charge behind: only time tells it from
    the next one. One intent can succeed only once, whatever the keys.
    """
    assert waiting.payment_method_id is not None, "looked at before"
    base_url = current_app.extensions["taper.settings"].base_url
    return gateway.confirm_with_member(
        waiting.stripe_id,
        key=of_this_minute(f"cm:{waiting.attempt_id}:{intent.charge_id or 'first'}", now),
        payment_method_id=waiting.payment_method_id,
        return_url=f"{base_url}/pay/{invoice_id}/return",
    )


def _unreachable() -> Unavailable:
    return Unavailable(
        "stripe_unreachable", "Payments do not answer just now. Please try again shortly."
    )
