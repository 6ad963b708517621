"""Paying an open invoice with the member present; what else could take its money closes first.

An edge: short transactions around each call to Stripe.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown, Throttled
from billing.models import Invoice, PaymentAttempt, PaymentIntent
from billing.payments import hosted, payments, placing
from billing.payments.hosted import WayBack
from billing.rules import checkout as rule
from billing.rules.keys import of_this_minute
from billing.sales import checkout
from config.db import db, run_txn
from config.errors import NotFound, Unavailable

MOST_LOOKS = 4


def pay_page(
    invoice_id: UUID, *, gateway: Gateway, now: datetime, back: WayBack | None = None
) -> str:
    """A card page for an open invoice; whatever else could take its money is closed first.

    It leads `back` as `hosted.open_page` says.

    Refused("already_paid") where nothing is owed, Refused("payment_running") while a worker
    may be asking Stripe, Unavailable where Stripe does not answer.
    """
    for _ in range(MOST_LOOKS):
        rows = _rows(invoice_id)
        move = rule.next_move(_standing(rows))
        if move == "done":
            raise checkout.already_paid()
        if move == "wait":
            raise checkout.running()
        if move == "place":
            attempt_id = _place_alone(invoice_id, now)
            return hosted.open_page(attempt_id, gateway=gateway, now=now, back=back)
        if move == "cancel_intent":
            _cancel_intent(invoice_id, rows, gateway, now)
        else:
            assert rows.attempt_id is not None, "only an attempt has a page"
            hosted.close_page(rows.attempt_id, gateway=gateway, now=now)
    raise checkout.running()


class _Rows(NamedTuple):
    """What stands for an invoice now: its state, its attempt in flight, its live intent."""

    state: str
    attempt_id: UUID | None
    attempt_state: str | None
    attempt_kind: str | None
    intent_id: UUID | None
    stripe_id: str | None
    stripe_account: str | None


def _rows(invoice_id: UUID) -> _Rows:
    row = db.session.execute(
        sa.select(
            Invoice.state,
            PaymentAttempt.id,
            PaymentAttempt.state,
            PaymentAttempt.kind,
            PaymentIntent.id,
            PaymentIntent.stripe_id,
            PaymentIntent.stripe_account,
        )
        .outerjoin(
            PaymentAttempt,
            sa.and_(
                PaymentAttempt.invoice_id == Invoice.id,
                PaymentAttempt.state.in_(("ready", "sending", "action", "succeeded")),
            ),
        )
        .outerjoin(
            PaymentIntent,
            sa.and_(PaymentIntent.invoice_id == Invoice.id, PaymentIntent.state == "live"),
        )
        .where(Invoice.id == invoice_id)
    ).first()
    if row is None:
        raise NotFound("invoice")
    return _Rows._make(row)


def _standing(rows: _Rows) -> rule.Standing:
    return rule.Standing(
        invoice=rows.state,
        attempt=rows.attempt_state,
        kind=rows.attempt_kind,
        intent_at_stripe=rows.stripe_id is not None,
    )


def _place_alone(invoice_id: UUID, now: datetime) -> UUID:
    try:
        return run_txn(lambda: placing.place_attempt(_locked(invoice_id), now=now))
    except IntegrityError as raced:  # another tab, or a worker, was a moment earlier
        raise checkout.running() from raced


def _locked(invoice_id: UUID) -> Invoice:
    query = sa.select(Invoice).where(Invoice.id == invoice_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _cancel_intent(invoice_id: UUID, rows: _Rows, gateway: Gateway, now: datetime) -> None:
    """Close an intent that was made for a charge without the member; look again afterwards."""
    assert rows.stripe_id is not None, "only what is at Stripe can be canceled there"
    try:
        door = gateway.at(rows.stripe_account or "")
        intent = door.cancel_intent(rows.stripe_id, key=of_this_minute(f"cx:{rows.intent_id}", now))
    except (OutcomeUnknown, Throttled, GatewayRefused) as silence:
        raise Unavailable(
            "stripe_unreachable", "Payments do not answer just now. Please try again shortly."
        ) from silence
    last = rows.attempt_id or _last_attempt(invoice_id)
    if intent.status in ("canceled", "succeeded"):
        payments.settle(last, intent, now=now)
    if intent.status == "canceled":
        run_txn(lambda: _retire(rows.intent_id))
    elif intent.status != "succeeded":
        raise checkout.running()


def _last_attempt(invoice_id: UUID) -> UUID:
    query = sa.select(PaymentAttempt.id).where(PaymentAttempt.invoice_id == invoice_id)
    return db.session.scalars(query.order_by(PaymentAttempt.n.desc()).limit(1)).one()


def _retire(intent_id: UUID | None) -> None:
    db.session.execute(
        sa.update(PaymentIntent)
        .where(PaymentIntent.id == intent_id, PaymentIntent.state == "live")
        .values(state="canceled")
    )
