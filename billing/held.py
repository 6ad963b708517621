"""An attempt with its invoice and membership, locked in the house's order and read at once."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.models import Invoice, PaymentAttempt, PaymentIntent
from config.db import db, dialect
from config.errors import NotFound
from membership.models import Member, Membership


class Held(NamedTuple):
    """What settling needs to know; amounts in minor units of `currency`."""

    attempt_id: UUID
    state: str
    n: int
    kind: str
    known_charge_id: str | None
    paid_charge_id: str | None
    intent_id: UUID | None
    stripe_id: str | None
    amount_cents: int | None
    invoice_id: UUID
    location_id: UUID
    member_id: UUID
    membership_id: UUID | None
    consent_id: UUID | None
    reason: str
    source_id: UUID
    invoice_state: str
    number: str | None
    issued_on: date
    currency: str
    total_cents: int
    net_cents: int
    paid_cents: int
    credited_cents: int
    membership_status: str | None
    period_start: date | None
    period_end: date | None
    email: str
    name: str


_HELD = (
    sa.select(
        PaymentAttempt.id,
        PaymentAttempt.state,
        PaymentAttempt.n,
        PaymentAttempt.kind,
        PaymentAttempt.known_charge_id,
        PaymentAttempt.charge_id,
        PaymentAttempt.intent_id,
        PaymentIntent.stripe_id,
        PaymentIntent.amount_cents,
        Invoice.id,
        Invoice.location_id,
        Invoice.member_id,
        Invoice.membership_id,
        Invoice.consent_id,
        Invoice.reason,
        Invoice.source_id,
        Invoice.state,
        Invoice.number,
        Invoice.issued_on,
        Invoice.currency,
        Invoice.total_cents,
        Invoice.net_cents,
        Invoice.paid_cents,
        Invoice.credited_cents,
        Membership.status,
        Membership.period_start,
        Membership.period_end,
        Member.email,
        Member.name,
    )
    .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
    .join(Member, Member.id == Invoice.member_id)
    .outerjoin(PaymentIntent, PaymentIntent.id == PaymentAttempt.intent_id)
    .outerjoin(Membership, Membership.id == Invoice.membership_id)
    .where(PaymentAttempt.id == sa.bindparam("attempt_id"))
)
_OF_THE_ATTEMPT = PaymentAttempt.id == sa.bindparam("attempt_id")
_LOCKS = (
    sa.select(Membership.id)
    .join(Invoice, Invoice.membership_id == Membership.id)
    .join(PaymentAttempt, PaymentAttempt.invoice_id == Invoice.id)
    .where(_OF_THE_ATTEMPT)
    .with_for_update(of=Membership),
    sa.select(PaymentAttempt.id).where(_OF_THE_ATTEMPT).with_for_update(),
    sa.select(Invoice.id)
    .join(PaymentAttempt, PaymentAttempt.invoice_id == Invoice.id)
    .where(_OF_THE_ATTEMPT)
    .with_for_update(of=Invoice),
)


def lock(attempt_id: UUID) -> Held:
    """Lock membership, attempt and invoice, in that order, then read all three.

    On SQLite the writing transaction already holds everything.
    """
    key = {"attempt_id": attempt_id}
    if dialect() != "sqlite":
        for statement in _LOCKS:
            db.session.execute(statement, key)
    row = db.session.execute(_HELD, key).first()
    if row is None:
        raise NotFound("payment attempt")
    return Held._make(row)
