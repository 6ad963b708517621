"""Invoices of a member of which something may go back, as staff sees them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from billing.models import Invoice, InvoiceLine, Refund
from config.db import db
from config.errors import NotFound
from locations import places
from locations.models import Location
from membership.people import members

MOST = 50


@dataclass(frozen=True, slots=True)
class Paid:
    """A paid invoice: its sum and what went back of it, in minor units of `currency`."""

    id: UUID
    number: str
    issued_on: date
    place_name: str
    what: str
    total_cents: int
    back_cents: int
    currency: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A refund as its member reads it: when, where to and how far it is; minor units."""

    on: date
    words: str
    amount_cents: int


_SENT = {
    "card": "to your card",
    "cash": "in cash",
    "terminal": "to your card, at the desk",
    "gift_card": "to your gift card",
    "account_credit": "as credit for what you buy next",
}


def sent_of(invoice_id: UUID) -> list[Sent]:
    """What goes back of an invoice, oldest first; what failed is on its way again, or asked for."""
    query = sa.select(Refund).where(Refund.invoice_id == invoice_id).order_by(Refund.id)
    return [
        Sent(
            on=one.finished_on or places.business_date(places.get(one.location_id), one.created_at),
            words=_words(one),
            amount_cents=one.amount_cents,
        )
        for one in db.session.scalars(query)
    ]


def _words(refund: Refund) -> str:
    if refund.state == "failed":
        return "Not taken by your bank; please ask at the desk"
    done = "Sent" if refund.state == "succeeded" else "On its way"
    return f"{done} {_SENT[refund.tender]}"


def invoices_of(member_id: UUID, *, location_ids: Collection[UUID]) -> list[Paid]:
    """What the member paid at these studios, the newest first."""
    first = sa.select(InvoiceLine.description).where(
        InvoiceLine.invoice_id == Invoice.id, InvoiceLine.n == 1
    )
    query = (
        sa.select(
            Invoice.id,
            Invoice.number,
            Invoice.issued_on,
            Location.name,
            sa.func.coalesce(first.scalar_subquery(), ""),
            Invoice.total_cents,
            Invoice.refunds_owed_cents,
            Invoice.currency,
        )
        .join(Location, Location.id == Invoice.location_id)
        .where(
            Invoice.member_id.in_(members.records_of(member_id)),
            Invoice.location_id.in_(location_ids),
            Invoice.state == "paid",
            Invoice.paid_cents > 0,
        )
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .limit(MOST)
    )
    return [Paid(*row) for row in db.session.execute(query)]


def one_of(invoice_id: UUID, *, member_id: UUID, location_ids: Collection[UUID]) -> Invoice:
    """An invoice of this member at one of these studios; any other is NotFound."""
    query = sa.select(Invoice).where(
        Invoice.id == invoice_id,
        Invoice.member_id.in_(members.records_of(member_id)),
        Invoice.location_id.in_(location_ids),
        Invoice.state != "draft",
    )
    found = db.session.scalars(query).first()
    if found is None:
        raise NotFound("invoice")
    return found


def lines_of(invoice_id: UUID) -> Sequence[InvoiceLine]:
    """The lines of an invoice that asked for something."""
    query = sa.select(InvoiceLine).where(
        InvoiceLine.invoice_id == invoice_id, InvoiceLine.net_cents > 0
    )
    return db.session.scalars(query.order_by(InvoiceLine.n)).all()
