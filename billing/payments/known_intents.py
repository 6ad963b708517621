"""What we hold of an intent that Stripe tells of: by its id, by our keys, by what it is for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Intent
from billing.models import Invoice, PaymentAttempt, PaymentIntent, StrayIntent
from billing.rules import adoption as rule
from config.clock import lease_now_ms
from config.db import db
from membership.models import MembershipPeriod

IN_FLIGHT = ("ready", "sending", "action")


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
    flying = None if invoice is None else in_flight(invoice.id)
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


def in_flight(invoice_id: UUID) -> _Attempt | None:
    """The attempt of an invoice that has not ended, if there is one."""
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
