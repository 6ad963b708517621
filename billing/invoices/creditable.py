"""What can be credited of invoices: what they claimed, less what was credited before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from billing.rules import credit as rule
from billing.rules.credit import Credited
from billing.rules.standings import CreditLine
from config.db import db
from locations.rules.entries import SaleLine


@dataclass(frozen=True, slots=True)
class Back:
    """What is to be credited of one invoice."""

    invoice: Invoice
    credited: Credited


def spread(invoices: Sequence[Invoice], net_cents: int) -> list[Back]:
    """Credit `net_cents` of what these invoices promised: the first as far as it goes, then on.

    Computes and writes nothing. ValueError where they never asked for so much.
    """
    backs: list[Back] = []
    for invoice in invoices:
        sold, before = lines_of(invoice.id), credited_before(invoice.id)
        part = min(net_cents, rule.creditable_cents(sold, before))
        if part > 0:
            backs.append(Back(invoice, rule.share(sold, before, unused_cents=part)))
            net_cents -= part
    if net_cents:
        raise ValueError(f"{net_cents} minor units are given back of nothing that was billed")
    return backs


def all_of(invoices: Sequence[Invoice]) -> list[Back]:
    """Credit everything that these invoices ask for, fees and all; writes nothing."""
    backs = [
        Back(invoice, rule.whole(lines_of(invoice.id), credited_before(invoice.id)))
        for invoice in invoices
    ]
    return [back for back in backs if back.credited.lines]


def lines_of(invoice_id: UUID) -> list[SaleLine]:
    """What an invoice claimed, as it was booked."""
    line = InvoiceLine
    query = sa.select(
        line.product, line.liability_account, line.net_cents, line.tax_name, line.tax_cents
    )
    found = db.session.execute(query.where(line.invoice_id == invoice_id).order_by(line.n))
    return [SaleLine(*row) for row in found]


def credited_before(invoice_id: UUID) -> list[CreditLine]:
    """What was credited of an invoice so far."""
    line = CreditNoteLine
    query = (
        sa.select(
            line.product,
            line.liability_account,
            line.net_cents,
            line.tax_name,
            line.tax_cents,
            line.sold_as,
        )
        .join(CreditNote, CreditNote.id == line.credit_note_id)
        .where(CreditNote.invoice_id == invoice_id)
        .order_by(line.credit_note_id, line.n)
    )
    return [CreditLine(*row) for row in db.session.execute(query)]


def still_asked_cents(invoice: Invoice) -> int:
    """What an invoice still asks for, in minor units; nothing unless it is open."""
    if invoice.state != "open":
        return 0
    kept = invoice.paid_cents + invoice.credited_cents - invoice.refunds_owed_cents
    return invoice.total_cents - kept
