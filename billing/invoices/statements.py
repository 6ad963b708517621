"""What a member sees of their money: invoices, lines, payments and the card on file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from billing.models import Invoice, InvoiceLine, Payment, StripeCustomer
from config.db import db
from config.errors import NotFound
from locations.models import LegalEntity, Location
from membership.models import Member
from membership.people import members

PAGE = 20
_HOW = {
    "card": "by card",
    "cash": "in cash",
    "terminal": "by card at the studio",
    "gift_card": "by gift card",
    "account_credit": "from account credit",
}
_STATE_TEXTS = {
    "draft": "Not paid",
    "open": "To pay",
    "paid": "Paid",
    "uncollectible": "Not collected",
    "void": "Void",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice in a list; minor units of `currency`."""

    id: UUID
    number: str | None
    issued_on: date
    total_cents: int
    currency: str
    state: str

    @property
    def state_text(self) -> str:
        return _STATE_TEXTS[self.state]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest first, and whether there are others beside it."""

    rows: tuple[Row, ...]
    number: int
    more: bool


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that arrived: when on the studio's wall, how, and how much."""

    on: date
    how: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Statement:
    """An invoice in full; `lines` are rows of invoice_line."""

    id: UUID
    reason: str
    number: str | None
    issued_on: date
    state: str
    currency: str
    subtotal_cents: int
    tax_cents: int
    total_cents: int
    paid_cents: int
    due_cents: int
    seller: str
    address: tuple[str, ...]
    member_name: str
    recurring: bool
    lines: tuple[InvoiceLine, ...]
    payments: tuple[Paid, ...]

    @property
    def state_text(self) -> str:
        return _STATE_TEXTS[self.state]


def of_member(member_id: UUID, *, page: int) -> Page:
    """A page of the member's invoices, the first being 1; unpaid drafts are not invoices yet."""
    found = db.session.execute(
        sa.select(
            Invoice.id,
            Invoice.number,
            Invoice.issued_on,
            Invoice.total_cents,
            Invoice.currency,
            Invoice.state,
        )
        .where(Invoice.member_id.in_(members.records_of(member_id)), Invoice.state != "draft")
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    ).all()
    return Page(tuple(Row(*row) for row in found[:PAGE]), page, len(found) > PAGE)


def one(invoice_id: UUID, *, member_id: UUID) -> Statement:
    """An invoice of this member; somebody else's is NotFound like one that does not exist."""
    row = db.session.execute(
        sa.select(Invoice, Location.address, LegalEntity.name, Member.name)
        .join(Location, Location.id == Invoice.location_id)
        .join(LegalEntity, LegalEntity.id == Location.legal_entity_id)
        .join(Member, Member.id == Invoice.member_id)
        .where(Invoice.id == invoice_id, Invoice.member_id.in_(members.records_of(member_id)))
    ).first()
    if row is None:
        raise NotFound("invoice")
    invoice, address, seller, member_name = row
    lines = db.session.scalars(
        sa.select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id).order_by(InvoiceLine.n)
    )
    owed = invoice.total_cents - invoice.paid_cents - invoice.credited_cents
    return Statement(
        id=invoice.id,
        reason=invoice.reason,
        number=invoice.number,
        issued_on=invoice.issued_on,
        state=invoice.state,
        currency=invoice.currency,
        subtotal_cents=invoice.net_cents,
        tax_cents=invoice.tax_cents,
        total_cents=invoice.total_cents,
        paid_cents=invoice.paid_cents,
        due_cents=owed if invoice.state == "open" else 0,
        seller=seller,
        address=tuple(address.splitlines()),
        member_name=member_name,
        recurring=invoice.membership_id is not None,
        lines=tuple(lines),
        payments=tuple(_payments(invoice.id)),
    )


def oldest_open(member_id: UUID) -> Row | None:
    """What the member owes first, if anything."""
    found = db.session.execute(
        sa.select(
            Invoice.id,
            Invoice.number,
            Invoice.issued_on,
            Invoice.total_cents - Invoice.paid_cents - Invoice.credited_cents,
            Invoice.currency,
            Invoice.state,
        )
        .where(Invoice.member_id.in_(members.records_of(member_id)), Invoice.state == "open")
        .order_by(Invoice.issued_on, Invoice.id)
        .limit(1)
    ).first()
    return Row(*found) if found else None


def card_on_file(member_id: UUID) -> StripeCustomer | None:
    """The card that was put on file last, at whichever Stripe account."""
    return db.session.scalars(
        sa.select(StripeCustomer)
        .where(
            StripeCustomer.member_id == member_id,
            StripeCustomer.payment_method_id.is_not(None),
        )
        .order_by(StripeCustomer.updated_at.desc())
        .limit(1)
    ).first()


def _payments(invoice_id: UUID) -> list[Paid]:
    rows = db.session.execute(
        sa.select(Payment.received_on, Payment.tender, Payment.amount_cents)
        .where(Payment.invoice_id == invoice_id)
        .order_by(Payment.received_on, Payment.id)
    )
    return [Paid(row.received_on, _HOW[row.tender], row.amount_cents) for row in rows]
