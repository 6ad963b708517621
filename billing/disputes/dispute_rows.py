"""The row of a dispute: written once when a bank is first heard of, and its steps on record."""

from __future__ import annotations

from datetime import UTC, date, datetime

from billing.gateway import DisputeSeen
from billing.models import Dispute, Invoice, Payment
from billing.rules.dispute import State
from config import audit
from config.audit import SYSTEM
from config.calendar import local_date
from config.db import db
from config.ids import new_id
from locations import places


def written(seen: DisputeSeen, state: State, *, invoice: Invoice, payment: Payment) -> Dispute:
    """A dispute, or an inquiry, as Stripe showed it for the first time."""
    location = places.get(invoice.location_id)
    began = datetime.fromtimestamp(seen.created, UTC)
    row = Dispute(
        id=new_id(),
        stripe_id=seen.id,
        stripe_account=places.stripe_account_of(location),
        payment_id=payment.id,
        invoice_id=invoice.id,
        location_id=location.id,
        member_id=invoice.member_id,
        membership_id=invoice.membership_id,
        state=state,
        reason=seen.reason[:60],
        amount_cents=seen.amount_cents,
        currency=invoice.currency,
        opened_at=began,
        opened_on=local_date(began, location.zone),
        evidence_due_at=due(seen),
    )
    db.session.add(row)
    db.session.flush()
    return row


def taken(row: Dispute, seen: DisputeSeen, *, on: date, now: datetime) -> None:
    """An inquiry goes on as a dispute, over what the bank says now: it begins today.

    What was refunded while the bank only asked, was refunded before it.
    """
    row.amount_cents = seen.amount_cents
    row.reason = seen.reason[:60]
    row.opened_at, row.opened_on, row.closed_on = now, on, None
    row.evidence_due_at = due(seen)
    row.evidence_noted_at = row.evidence_noted_by = None
    db.session.flush()


def due(seen: DisputeSeen) -> datetime | None:
    """By when the bank wants to hear from the studio, where it says so."""
    return datetime.fromtimestamp(seen.due_by, UTC) if seen.due_by else None


def close(row: Dispute, state: State, *, on: date) -> None:
    """Nothing more is decided about it."""
    row.state = state
    row.closed_on = on
    db.session.flush()


def record(row: Dispute, action: str, *, now: datetime) -> None:
    """Write a step down in the journal of deeds."""
    audit.record(
        actor=SYSTEM,
        action=action,
        subject_type="dispute",
        subject_id=row.id,
        location_id=row.location_id,
        facts={"stripe_id": row.stripe_id, "amount_cents": row.amount_cents},
        now=now,
    )
