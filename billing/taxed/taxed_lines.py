"""The lines behind what each tax was charged on, of whatever is in the books."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from locations.models import JournalEntry

# A credit note's line names the tax and the account of lines of its invoice; their first one
# tells the rate and the class.
_FIRST = (
    sa.select(sa.func.min(InvoiceLine.n))
    .where(
        InvoiceLine.invoice_id == CreditNote.invoice_id,
        InvoiceLine.tax_name == CreditNoteLine.tax_name,
        InvoiceLine.liability_account == CreditNoteLine.sold_as,
    )
    .correlate(CreditNote, CreditNoteLine)
    .scalar_subquery()
)
KINDS: Mapping[str, tuple[str, ...]] = {
    "sold": ("sale",),
    "credited": ("credit_note", "refund_promised"),
}
RATE = (InvoiceLine.tax_name, InvoiceLine.tax_rate_ppm, InvoiceLine.product_class)


def sold(*columns: Any) -> sa.Select:
    """These columns of every booked line of an invoice."""
    return (
        sa.select(*columns)
        .select_from(JournalEntry)
        .join(Invoice, Invoice.id == JournalEntry.source_id)
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .where(JournalEntry.kind.in_(KINDS["sold"]))
    )


def credited(*columns: Any) -> sa.Select:
    """These columns of every booked line of a credit note, beside the line that it is about."""
    return (
        sa.select(*columns)
        .select_from(JournalEntry)
        .join(CreditNote, CreditNote.id == JournalEntry.source_id)
        .join(Invoice, Invoice.id == CreditNote.invoice_id)
        .join(CreditNoteLine, CreditNoteLine.credit_note_id == CreditNote.id)
        .join(
            InvoiceLine,
            sa.and_(InvoiceLine.invoice_id == CreditNote.invoice_id, InvoiceLine.n == _FIRST),
        )
        .where(JournalEntry.kind.in_(KINDS["credited"]))
    )
