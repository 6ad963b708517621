"""Strays: money that Stripe took in our name, kept until what it paid for is invoiced anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Intent
from billing.models import Invoice, PaymentAttempt, StrayIntent
from billing.rules import adoption as rule
from config.db import db
from locations.upsert import insert_or
from membership.models import MembershipPeriod


class Stray(NamedTuple):
    """Money that waits for this very invoice."""

    stripe_id: str
    stripe_account: str
    invoice_id: UUID


def keep(stripe_account: str, intent: Intent, now: datetime) -> None:
    """Remember money until the invoice that it pays is issued anew, or a person explains it."""
    row = {
        "stripe_id": intent.id,
        "stripe_account": stripe_account,
        "reason": intent.metadata.get("reason", "")[:20],
        "source_key": intent.metadata.get("source", "")[:120],
        "amount_cents": intent.amount_cents,
        "currency": intent.currency,
        "created_at": datetime.fromtimestamp(intent.created, UTC),
        "found_at": now,
        "adopted_at": None,
    }
    db.session.execute(insert_or(StrayIntent).values(row).on_conflict_do_nothing())


def any_waiting() -> bool:
    """Whether any money waits for its invoice."""
    waiting = sa.exists().where(StrayIntent.adopted_at.is_(None))
    return bool(db.session.scalar(sa.select(waiting)))


def waiting_for(attempt_id: UUID) -> Stray | None:
    """The money that waits for what this attempt is to charge."""
    row = db.session.execute(
        sa.select(Invoice, MembershipPeriod.start)
        .join(PaymentAttempt, PaymentAttempt.invoice_id == Invoice.id)
        .outerjoin(MembershipPeriod, MembershipPeriod.id == Invoice.source_id)
        .where(PaymentAttempt.id == attempt_id)
    ).one()
    invoice: Invoice = row[0]
    key = rule.source_key(
        invoice.reason,
        source_id=invoice.source_id,
        membership_id=invoice.membership_id,
        consent_id=invoice.consent_id,
        period_start=row[1],
    )
    found = db.session.execute(
        sa.select(StrayIntent.stripe_id, StrayIntent.stripe_account)
        .where(
            StrayIntent.reason == invoice.reason,
            StrayIntent.source_key == key,
            StrayIntent.adopted_at.is_(None),
        )
        .order_by(StrayIntent.created_at)
        .limit(1)
    ).first()
    return None if found is None else Stray(found.stripe_id, found.stripe_account, invoice.id)
