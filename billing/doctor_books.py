"""Where billing and the books must agree: what is owed, and the tax on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, Payment
from config.db import db
from config.doctor import Doctor
from locations.models import JournalEntry, Posting
from membership.models import Charge


def register(doctor: Doctor) -> None:
    """Add the invariants that compare invoices and payments with postings."""
    doctor.register("L5", "receivable = what open invoices still ask, per location", _receivable)
    doctor.register("L6", "money at Stripe = payments, per location", _clearing)
    doctor.register("B8", "a credit note is the sum of its lines", _noted)
    doctor.register("L12", "refunds due = what is owed back to members, per location", _owed_back)
    doctor.register("L9", "sales tax = tax on lines less credit notes, per rate", _tax)


def _receivable() -> Iterable[str]:
    owed = Invoice.total_cents - Invoice.paid_cents - Invoice.credited_cents
    asked = _by_location(
        sa.select(Invoice.location_id, sa.func.sum(owed))
        .where(Invoice.state == "open")
        .group_by(Invoice.location_id)
    )
    yield from _compare("receivable", _posted("receivable"), asked)


def _clearing() -> Iterable[str]:
    received = _by_location(
        sa.select(Invoice.location_id, sa.func.sum(Payment.amount_cents))
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .group_by(Invoice.location_id)
    )
    yield from _compare("stripe_clearing", _posted("stripe_clearing", kind="payment"), received)


def _owed_back() -> Iterable[str]:
    """A promised refund is a charge in our disfavour until its money is sent."""
    owed = _by_location(
        sa.select(Charge.location_id, sa.func.sum(Charge.net_cents + Charge.tax_cents))
        .where(Charge.kind == "refund_owed", Charge.state == "owed")
        .group_by(Charge.location_id)
    )
    yield from _compare("refunds_due", _posted("refunds_due"), owed)
    promised = _by_location(
        sa.select(Invoice.location_id, -sa.func.sum(Invoice.refunds_owed_cents))
        .where(Invoice.refunds_owed_cents > 0)
        .group_by(Invoice.location_id)
    )
    ever = _by_location(
        sa.select(Charge.location_id, sa.func.sum(Charge.net_cents + Charge.tax_cents))
        .where(Charge.kind == "refund_owed")
        .group_by(Charge.location_id)
    )
    yield from _compare("refunds promised on invoices", ever, promised)


def _noted() -> Iterable[str]:
    """A credit note is the sum of its lines, and no invoice is credited beyond what it asked."""
    lines = (
        sa.select(
            CreditNoteLine.credit_note_id,
            sa.func.sum(CreditNoteLine.net_cents).label("net"),
            sa.func.sum(CreditNoteLine.tax_cents).label("tax"),
        )
        .group_by(CreditNoteLine.credit_note_id)
        .subquery()
    )
    query = (
        sa.select(CreditNote.id)
        .outerjoin(lines, lines.c.credit_note_id == CreditNote.id)
        .where(
            sa.or_(
                sa.func.coalesce(lines.c.net, 0) != CreditNote.net_cents,
                sa.func.coalesce(lines.c.tax, 0) != CreditNote.tax_cents,
            )
        )
    )
    for note_id in db.session.scalars(query):
        yield f"credit note {note_id} is not the sum of its lines"
    beyond = sa.select(Invoice.number).where(Invoice.credited_cents > Invoice.total_cents)
    for number in db.session.scalars(beyond):
        yield f"invoice {number} is credited beyond its total"


def _tax() -> Iterable[str]:
    charged: dict[tuple[object, str], int] = {}
    lines = (
        sa.select(Invoice.location_id, InvoiceLine.tax_name, sa.func.sum(InvoiceLine.tax_cents))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(Invoice.state != "draft")
        .group_by(Invoice.location_id, InvoiceLine.tax_name)
    )
    for location_id, name, cents in db.session.execute(lines):
        charged[location_id, name] = int(cents)
    notes = (
        sa.select(
            Invoice.location_id, CreditNoteLine.tax_name, sa.func.sum(CreditNoteLine.tax_cents)
        )
        .join(CreditNote, CreditNote.id == CreditNoteLine.credit_note_id)
        .join(Invoice, Invoice.id == CreditNote.invoice_id)
        .group_by(Invoice.location_id, CreditNoteLine.tax_name)
    )
    for location_id, name, cents in db.session.execute(notes):
        charged[location_id, name] = charged.get((location_id, name), 0) - int(cents)
    posted = {
        (location_id, name): -int(cents)
        for location_id, name, cents in db.session.execute(
            sa.select(Posting.location_id, Posting.detail, sa.func.sum(Posting.amount_cents))
            .where(Posting.account == "sales_tax")
            .group_by(Posting.location_id, Posting.detail)
        )
    }
    yield from _compare("sales_tax", posted, charged)


def _posted(account: str, *, kind: str | None = None) -> dict[object, int]:
    query = sa.select(Posting.location_id, sa.func.sum(Posting.amount_cents)).where(
        Posting.account == account
    )
    if kind is not None:
        query = query.join(JournalEntry, JournalEntry.id == Posting.entry_id).where(
            JournalEntry.kind == kind
        )
    return _by_location(query.group_by(Posting.location_id))


def _by_location(query: sa.Select) -> dict[object, int]:
    return {key: int(cents) for key, cents in db.session.execute(query)}


def _compare(what: str, posted: Mapping[Any, int], expected: Mapping[Any, int]) -> Iterable[str]:
    for key in sorted({*posted, *expected}, key=str):
        if posted.get(key, 0) != expected.get(key, 0):
            yield f"{what} of {key} is {posted.get(key, 0)}, should be {expected.get(key, 0)}"
