"""The rows behind an adoption: what is ours of an intent, and an intent made ours."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Intent
from billing.models import Invoice, PaymentAttempt, PaymentIntent, StrayIntent
from billing.parking import park
from billing.rules import adoption as rule
from config.clock import lease_now_ms
from config.db import db
from config.ids import new_id
from membership.models import MembershipPeriod

Row = TypeVar("Row", Invoice, PaymentAttempt)
IN_FLIGHT = ("ready", "sending", "action")
HOLD_MS = 120_000


class Found(NamedTuple):
    """What we hold of an intent, with the keys of the rows to go on with."""

    facts: rule.Ours
    attempt_id: UUID | None
    invoice_id: UUID | None


def unheard_of(some: Sequence[Intent]) -> bool:
    """Whether any of these carries an attempt that we do not have, or nobody has in hand.

    A worker takes its attempt before it asks Stripe for anything, and then keeps Stripe's id. A
    hosted page keeps the id when it is paid, and is looked up by its session until then.
    """
    named = {
        attempt_id: intent.id
        for intent in some
        if (attempt_id := rule.named(intent.metadata, "attempt")) is not None
    }
    known_strays = set(
        db.session.scalars(
            sa.select(StrayIntent.stripe_id).where(StrayIntent.stripe_id.in_(named.values()))
        )
    )
    sent = set(
        db.session.scalars(
            sa.select(PaymentAttempt.id)
            .outerjoin(PaymentIntent, PaymentIntent.id == PaymentAttempt.intent_id)
            .where(
                PaymentAttempt.id.in_(named),
                sa.or_(
                    PaymentIntent.stripe_id.is_not(None),
                    PaymentAttempt.kind == "checkout",
                    PaymentAttempt.lease_until_ms > lease_now_ms(),
                ),
            )
        )
    )
    return any(
        attempt_id not in sent and stripe_id not in known_strays
        for attempt_id, stripe_id in named.items()
    )


def booked(stripe_ids: Collection[str]) -> set[str]:
    """Those of these intents whose money is written down."""
    query = (
        sa.select(PaymentIntent.stripe_id)
        .join(PaymentAttempt, PaymentAttempt.intent_id == PaymentIntent.id)
        .where(PaymentIntent.stripe_id.in_(stripe_ids), PaymentAttempt.state == "succeeded")
    )
    return {found for found in db.session.scalars(query) if found is not None}


def ours(intent: Intent) -> Found:
    """Everything of ours that an intent leads to: by its id, by our keys, by what it is for."""
    of_intent = _newest_attempt(PaymentIntent.stripe_id == intent.id)
    pointer = rule.named(intent.metadata, "attempt")
    pointed = None if pointer is None else _newest_attempt(PaymentAttempt.id == pointer)
    elsewhere = pointed is not None and pointed.stripe_id not in (None, intent.id)
    invoice = _invoice_of(intent)
    flying = None if invoice is None else _flying(invoice.id)
    attempt = of_intent or (None if elsewhere else pointed)
    facts = rule.Ours(
        attempt=of_intent.state if of_intent is not None else None,
        pointed=pointed.state if pointed is not None else None,
        pointed_elsewhere=elsewhere,
        invoice=invoice.state if invoice is not None else None,
        invoice_attempt=flying.state if flying is not None else None,
    )
    return Found(
        facts,
        attempt.id if attempt is not None else None,
        invoice.id if invoice is not None else None,
    )


def point(attempt_id: UUID, stripe_account: str, intent: Intent, now: datetime) -> None:
    """Let an attempt of ours go through this intent, in the caller's transaction."""
    attempt = _locked(PaymentAttempt, attempt_id)
    if attempt.intent_id is not None:
        _keep_id(attempt.intent_id, intent.id)
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
    flying = _flying(invoice_id)
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


class _Attempt(NamedTuple):
    id: UUID
    state: str
    stripe_id: str | None


class _Invoice(NamedTuple):
    id: UUID
    state: str


def _newest_attempt(where: sa.ColumnElement[bool]) -> _Attempt | None:
    row = db.session.execute(
        sa.select(PaymentAttempt.id, PaymentAttempt.state, PaymentIntent.stripe_id)
        .outerjoin(PaymentIntent, PaymentIntent.id == PaymentAttempt.intent_id)
        .where(where)
        .order_by(PaymentAttempt.n.desc())
        .limit(1)
    ).first()
    return None if row is None else _Attempt._make(row)


def _flying(invoice_id: UUID) -> _Attempt | None:
    return _newest_attempt(
        sa.and_(PaymentAttempt.invoice_id == invoice_id, PaymentAttempt.state.in_(IN_FLIGHT))
    )


def _invoice_of(intent: Intent) -> _Invoice | None:
    """The invoice that is named, or the one that was issued anew for the same thing."""
    query = sa.select(Invoice.id, Invoice.state)
    named = rule.named(intent.metadata, "invoice")
    row = None if named is None else db.session.execute(query.where(Invoice.id == named)).first()
    if row is None:
        again = _same_source(intent.metadata.get("reason", ""), intent.metadata.get("source", ""))
        row = None if again is None else db.session.execute(query.where(again)).first()
    return None if row is None else _Invoice._make(row)


def _same_source(reason: str, key: str) -> sa.ColumnElement[bool] | None:
    whose, _, day = key.partition(":")
    try:
        source = UUID(whose)
        start = date.fromisoformat(day) if day else None
    except ValueError:
        return None
    if start is None:
        return sa.and_(Invoice.reason == reason, Invoice.source_id == source)
    begins = sa.exists().where(
        MembershipPeriod.id == Invoice.source_id, MembershipPeriod.start == start
    )
    plan = sa.or_(Invoice.consent_id == source, Invoice.membership_id == source)
    return sa.and_(Invoice.reason == reason, plan, begins)


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


def _keep_id(intent_row_id: UUID, stripe_id: str) -> None:
    db.session.execute(
        sa.update(PaymentIntent)
        .where(PaymentIntent.id == intent_row_id, PaymentIntent.stripe_id.is_(None))
        .values(stripe_id=stripe_id)
    )


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
