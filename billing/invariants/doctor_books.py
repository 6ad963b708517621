"""Where billing and the books must agree: what is owed, and the tax on it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, Payment
from config.doctor import Doctor, Sentence, breach, differing
from locations.models import JournalEntry, Posting, TaxRemittance


def register(doctor: Doctor) -> None:
    """Add the invariants that compare invoices and payments with postings."""
    doctor.register("L5", "receivable = what open invoices still ask, per location", _receivable)
    doctor.register("L6", "money at Stripe = payments, per location", _clearing)
    doctor.register("B8", "a credit note is the sum of its lines", _noted, _beyond)
    doctor.register("L9", "sales tax = tax on lines less credited and remitted, per rate", _tax)


def _of(what: str) -> Sentence:
    def sentence(row: Any) -> str:
        return f"{what} of {row.location_id} is {row.said}, should be {row.meant}"

    return sentence


@breach(_of("receivable"))
def _receivable() -> sa.Select:
    """What credit or a gift card paid ahead for a draft is owed back until that is billed."""
    billed = sa.case((Invoice.state == "open", Invoice.total_cents), else_=0)
    off = Invoice.paid_cents + Invoice.credited_cents - Invoice.refunds_owed_cents
    asked = sa.select(Invoice.location_id, billed - off).where(Invoice.state.in_(("open", "draft")))
    return differing(_posted("receivable"), asked)


@breach(_of("stripe_clearing"))
def _clearing() -> sa.Select:
    by_card = sa.select(Invoice.location_id, Payment.amount_cents).where(Payment.tender == "card")
    received = by_card.join(Invoice, Invoice.id == Payment.invoice_id)
    paid = _posted("stripe_clearing").join(JournalEntry, JournalEntry.id == Posting.entry_id)
    return differing(paid.where(JournalEntry.kind == "payment"), received)


@breach(lambda row: f"credit note {row.id} is not the sum of its lines")
def _noted() -> sa.Select:
    lines = (
        sa.select(
            CreditNoteLine.credit_note_id,
            sa.func.sum(CreditNoteLine.net_cents).label("net"),
            sa.func.sum(CreditNoteLine.tax_cents).label("tax"),
        )
        .group_by(CreditNoteLine.credit_note_id)
        .subquery()
    )
    return (
        sa.select(CreditNote.id)
        .outerjoin(lines, lines.c.credit_note_id == CreditNote.id)
        .where(
            sa.or_(
                sa.func.coalesce(lines.c.net, 0) != CreditNote.net_cents,
                sa.func.coalesce(lines.c.tax, 0) != CreditNote.tax_cents,
            )
        )
    )


@breach(lambda row: f"invoice {row.number} is credited beyond its total")
def _beyond() -> sa.Select:
    return sa.select(Invoice.number).where(Invoice.credited_cents > Invoice.total_cents)


@breach(
    lambda row: f"sales_tax of {row.location_id, row.tax_name} is {row.said}, should be {row.meant}"
)
def _tax() -> sa.Select:
    lines = (
        sa.select(Invoice.location_id, InvoiceLine.tax_name, InvoiceLine.tax_cents)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(Invoice.state != "draft")
    )
    notes = (
        sa.select(Invoice.location_id, CreditNoteLine.tax_name, -CreditNoteLine.tax_cents)
        .join(CreditNote, CreditNote.id == CreditNoteLine.credit_note_id)
        .join(Invoice, Invoice.id == CreditNote.invoice_id)
    )
    posted = sa.select(
        Posting.location_id, Posting.detail.label("tax_name"), -Posting.amount_cents
    ).where(Posting.account == "sales_tax")
    remitted = sa.select(
        TaxRemittance.location_id, TaxRemittance.tax_name, -TaxRemittance.amount_cents
    )
    owed = lines.union_all(notes, remitted).subquery()
    return differing(posted, sa.select(*owed.c))


def _posted(account: str) -> sa.Select:
    cents = sa.func.sum(Posting.amount_cents)
    by_location = sa.select(Posting.location_id, cents).group_by(Posting.location_id)
    return by_location.where(Posting.account == account)
