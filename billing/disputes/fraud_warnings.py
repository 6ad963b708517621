"""Warnings that a payment may be fraud: shown while something can be done, never acted on alone.

A payment that is refunded is not disputed any more, so the ordinary refund, within its limits, is
often the best answer; it closes the warning, as a dispute does, or somebody who has looked at it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import FraudWarningSeen, Gateway, OutcomeUnknown
from billing.models import Dispute, FraudWarning, Invoice, Payment
from config import audit
from config.audit import SYSTEM, Actor
from config.db import db, run_txn
from config.errors import NotFound
from config.ids import new_id
from locations import places
from locations.models import Location
from locations.upsert import insert_or
from membership.models import Member

MOST = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A warning that waits; what is left of the payment in minor units of `currency`."""

    id: UUID
    location_id: UUID
    place_name: str
    member_id: UUID
    member_name: str
    invoice_id: UUID
    invoice_number: str
    kind: str
    warned_on: date
    currency: str
    paid_cents: int
    left_cents: int


def look(stripe_id: str, *, gateway: Gateway, now: datetime) -> None:
    """Look at a warning and write it down once. NotFound for a charge that is not ours (yet)."""
    seen = gateway.retrieve_fraud_warning(stripe_id)
    if seen.id != stripe_id:
        raise OutcomeUnknown(f"asked for {stripe_id}, was shown {seen.id}")
    run_txn(lambda: _write(seen, now))


def waiting(location_ids: Collection[UUID]) -> list[Row]:
    """Warnings at these locations of which something can still be made, oldest first."""
    disputed = sa.exists().where(Dispute.payment_id == Payment.id, Dispute.state != "closed")
    query = (
        sa.select(FraudWarning, Payment, Invoice, Member.name, Location)
        .join(Payment, Payment.id == FraudWarning.payment_id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .join(Member, Member.id == Invoice.member_id)
        .join(Location, Location.id == FraudWarning.location_id)
        .where(
            FraudWarning.location_id.in_(location_ids),
            FraudWarning.looked_at.is_(None),
            Payment.refunded_cents < Payment.amount_cents,
            ~disputed,
        )
        .order_by(FraudWarning.warned_at, FraudWarning.id)
        .limit(MOST)
        .execution_options(populate_existing=True)
    )
    return [_row(*row) for row in db.session.execute(query)]


def location_of(warning_id: UUID) -> UUID:
    """Where its payment was taken. Raises NotFound."""
    found = db.session.get(FraudWarning, warning_id)
    if found is None:
        raise NotFound
    return found.location_id


def looked_at(warning_id: UUID, *, by: Actor, now: datetime) -> None:
    """Somebody has looked at it and lets the payment stand; a repeat changes nothing."""
    row = db.session.get(FraudWarning, warning_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.looked_at is None:
        row.looked_at, row.looked_by = now, by.id
        db.session.flush()
        _record("fraud_warning.looked_at", row.id, row.location_id, row.kind, by, now)


def _write(seen: FraudWarningSeen, now: datetime) -> None:
    named = [seen.charge_id] if seen.intent_id is None else [seen.charge_id, seen.intent_id]
    found = db.session.execute(
        sa.select(Payment.id, Invoice.location_id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.charge_id.in_(named))
    ).first()
    if found is None:
        raise NotFound("payment")
    row = {
        "id": new_id(),
        "stripe_id": seen.id,
        "payment_id": found.id,
        "location_id": found.location_id,
        "kind": seen.kind[:60],
        "warned_at": datetime.fromtimestamp(seen.created, UTC),
    }
    insert = insert_or(FraudWarning).values(row).on_conflict_do_nothing()
    written = db.session.execute(insert.returning(FraudWarning.id)).first()
    if written is not None:
        _record("fraud_warning.came", written.id, found.location_id, seen.kind, SYSTEM, now)


def _row(
    warning: FraudWarning, payment: Payment, invoice: Invoice, member_name: str, place: Location
) -> Row:
    return Row(
        id=warning.id,
        location_id=place.id,
        place_name=place.name,
        member_id=invoice.member_id,
        member_name=member_name,
        invoice_id=invoice.id,
        invoice_number=invoice.number or "",
        kind=warning.kind.replace("_", " "),
        warned_on=places.business_date(place, warning.warned_at),
        currency=payment.currency,
        paid_cents=payment.amount_cents,
        left_cents=payment.amount_cents - payment.refunded_cents,
    )


def _record(
    action: str, warning_id: UUID, location_id: UUID, kind: str, by: Actor, now: datetime
) -> None:
    audit.record(
        actor=by,
        action=action,
        subject_type="fraud_warning",
        subject_id=warning_id,
        location_id=location_id,
        facts={"kind": kind},
        now=now,
    )
