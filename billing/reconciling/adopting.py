"""The rows behind an adoption: what is ours of an intent, and an intent made ours."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Intent
from billing.models import Invoice, PaymentAttempt, PaymentIntent, StrayIntent
from billing.payments import known_intents, live_intents
from billing.runs.parking import park
from config.clock import lease_now_ms
from config.db import db
from config.ids import new_id

Row = TypeVar("Row", Invoice, PaymentAttempt)
HOLD_MS = 120_000


def point(attempt_id: UUID, stripe_account: str, intent: Intent, now: datetime) -> None:
    """Let an attempt of ours go through this intent, in the caller's transaction."""
    attempt = _locked(PaymentAttempt, attempt_id)
    if attempt.intent_id is not None:
        live_intents.keep_id(attempt.intent_id, intent.id)
        return
    attempt.intent_id = _live_row(attempt.invoice_id, stripe_account, intent, now)
    db.session.flush()


def attach(invoice_id: UUID, stripe_account: str, intent: Intent, now: datetime) -> UUID | None:
    """Let this intent be what pays an open invoice; returns the attempt to settle.

    None where it asks for another amount, or is paid or being paid: a person decides then. The
    attempt is held as a worker would hold it, so that nobody charges it meanwhile.
    """
    invoice = _locked(Invoice, invoice_id)
    owed = invoice.total_cents - invoice.paid_cents - invoice.credited_cents
    flying = known_intents.in_flight(invoice_id)
    busy = flying is not None and flying.state != "ready"
    if invoice.state not in ("open", "draft") or busy or owed != intent.amount_cents:
        hold_second(invoice_id, intent, now)
        return None
    attempt_id = flying.id if flying is not None else _new_attempt(invoice, now)
    attempt = _locked(PaymentAttempt, attempt_id)
    attempt.state, attempt.sent_at = "sending", now
    attempt.lease_token, attempt.lease_until_ms = new_id(), lease_now_ms() + HOLD_MS
    attempt.intent_id = _live_row(invoice_id, stripe_account, intent, now)
    db.session.execute(
        sa.update(StrayIntent)
        .where(StrayIntent.stripe_id == intent.id, StrayIntent.adopted_at.is_(None))
        .values(adopted_at=now)
    )
    db.session.flush()
    return attempt_id


def hold_second(invoice_id: UUID | None, intent: Intent, now: datetime) -> None:
    """Money for an invoice that does not take it: held for a person, who gives it back."""
    invoice = None if invoice_id is None else db.session.get(Invoice, invoice_id)
    park(
        "payment",
        intent.charge_id or intent.id,
        code="second_charge",
        reason=f"Stripe took {intent.amount_cents} {intent.currency} for invoice "
        f"{invoice.number if invoice else 'unknown'}, which does not ask for it.",
        location_id=invoice.location_id if invoice else None,
        now=now,
    )


def hold_odd(intent: Intent, why: str, now: datetime) -> None:
    """Money that could not be written down as it is: held for a person, with what was said."""
    park(
        "payment",
        intent.charge_id or intent.id,
        code="not_adopted",
        reason=f"Stripe took {intent.amount_cents} {intent.currency} as {intent.id}: {why}",
        location_id=None,
        now=now,
    )


def _live_row(invoice_id: UUID, stripe_account: str, intent: Intent, now: datetime) -> UUID:
    """The invoice's intent row for this object; an older live one was canceled at Stripe first."""
    rows = db.session.scalars(
        sa.select(PaymentIntent)
        .where(PaymentIntent.invoice_id == invoice_id)
        .order_by(PaymentIntent.seq)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        if row.stripe_id == intent.id:
            return row.id
        if row.state == "live" and row.stripe_id is None and row.session_id is None:
            row.stripe_id, row.amount_cents = intent.id, intent.amount_cents
            db.session.flush()
            return row.id
        if row.state == "live":
            row.state = "canceled"
    db.session.flush()
    made = PaymentIntent(
        id=new_id(),
        invoice_id=invoice_id,
        seq=max((row.seq for row in rows), default=0) + 1,
        state="live",
        stripe_account=stripe_account,
        stripe_id=intent.id,
        amount_cents=intent.amount_cents,
        currency=intent.currency,
        created_at=now,
    )
    db.session.add(made)
    db.session.flush()
    return made.id


def _new_attempt(invoice: Invoice, now: datetime) -> UUID:
    last = db.session.scalar(
        sa.select(sa.func.max(PaymentAttempt.n)).where(PaymentAttempt.invoice_id == invoice.id)
    )
    made = PaymentAttempt(
        id=new_id(),
        invoice_id=invoice.id,
        location_id=invoice.location_id,
        n=(last or 0) + 1,
        kind="off_session",
        state="ready",
        not_before=now,
        looks=0,
        created_at=now,
    )
    db.session.add(made)
    db.session.flush()
    return made.id


def _locked(model: type[Row], key: UUID) -> Row:
    query = sa.select(model).where(model.id == key).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()
