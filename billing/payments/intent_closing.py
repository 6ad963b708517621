"""What an unpaid invoice asks for at Stripe, closed before it is credited. An edge."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown, Throttled
from billing.models import Invoice, PaymentAttempt, PaymentIntent
from billing.payments import payments
from billing.rules.keys import of_this_minute
from config import clock
from config.db import db, run_txn
from config.errors import Unavailable


def close_all(membership_id: UUID, gateway: Gateway) -> None:
    """Close what a plan's open invoice asks for at Stripe, before it is credited."""
    invoice_id = open_invoice_id(membership_id)
    if invoice_id is not None:
        close(invoice_id, gateway)


def close(invoice_id: UUID, gateway: Gateway) -> bool:
    """Cancel the invoice's intent at Stripe; False while an outcome is still unknown."""
    row = db.session.execute(
        sa.select(
            PaymentIntent.id,
            PaymentIntent.stripe_id,
            PaymentAttempt.id,
            PaymentAttempt.state,
            PaymentIntent.stripe_account,
        )
        .join(PaymentAttempt, PaymentAttempt.intent_id == PaymentIntent.id)
        .where(PaymentIntent.invoice_id == invoice_id, PaymentIntent.state == "live")
        .order_by(PaymentAttempt.n.desc())
        .limit(1)
    ).first()
    if row is None:
        return True
    intent_id, stripe_id, attempt_id, state, account = row
    if state == "sending":
        return False
    if stripe_id is not None:
        try:
            key = of_this_minute(f"cx:{intent_id}", clock.now())
            seen = gateway.at(account).cancel_intent(stripe_id, key=key)
        except (OutcomeUnknown, Throttled, GatewayRefused):
            return False
        if seen.status != "canceled":
            payments.settle(attempt_id, seen, now=clock.now())
            return False
        payments.settle(attempt_id, seen, now=clock.now())
    run_txn(lambda: _mark_canceled(intent_id))
    return True


def require_nobody_charging(invoice_id: UUID) -> None:
    """A worker may have leased the attempt since the claim was closed at Stripe."""
    leased = db.session.scalars(
        sa.select(PaymentAttempt.lease_until_ms)
        .where(PaymentAttempt.invoice_id == invoice_id, PaymentAttempt.state == "sending")
        .with_for_update()
    ).first()
    if leased is not None and leased > clock.lease_now_ms():
        raise Unavailable(
            "payment_running",
            "A payment for this plan is being made just now. Please try again in a minute.",
        )


def open_invoice_id(membership_id: UUID) -> UUID | None:
    return db.session.scalar(
        sa.select(Invoice.id).where(Invoice.membership_id == membership_id, Invoice.state == "open")
    )


def _mark_canceled(intent_id: UUID) -> None:
    db.session.execute(
        sa.update(PaymentIntent)
        .where(PaymentIntent.id == intent_id, PaymentIntent.state == "live")
        .values(state="canceled")
    )
