"""The money side of the evidence about a payment: what was billed, and what went back of it."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from billing.models import CreditNote, InvoiceLine, Refund
from billing.rules.evidence import Billed, GivenBack
from config.db import db


def lines(invoice_id: UUID) -> list[Billed]:
    """What was billed, line by line."""
    query = sa.select(
        InvoiceLine.description,
        InvoiceLine.net_cents,
        InvoiceLine.tax_name,
        InvoiceLine.tax_cents,
        InvoiceLine.period_start,
        InvoiceLine.period_end,
    ).where(InvoiceLine.invoice_id == invoice_id)
    return [Billed(*row) for row in db.session.execute(query.order_by(InvoiceLine.n))]


def given_back(invoice_id: UUID) -> list[GivenBack]:
    """What was promised back by credit notes, then what was sent."""
    return [*_credited(invoice_id), *_refunded(invoice_id)]


def _credited(invoice_id: UUID) -> list[GivenBack]:
    query = (
        sa.select(CreditNote.number, CreditNote.issued_on, CreditNote.total_cents)
        .where(CreditNote.invoice_id == invoice_id)
        .order_by(CreditNote.issued_on, CreditNote.id)
    )
    return [
        GivenBack(f"Credit note {number}", on, cents, "written")
        for number, on, cents in db.session.execute(query)
    ]


def _refunded(invoice_id: UUID) -> list[GivenBack]:
    query = (
        sa.select(Refund.finished_on, Refund.created_at, Refund.amount_cents, Refund.state)
        .where(Refund.invoice_id == invoice_id)
        .order_by(Refund.created_at, Refund.id)
    )
    return [
        GivenBack("Refund", finished_on or created_at.date(), cents, state)
        for finished_on, created_at, cents, state in db.session.execute(query)
    ]
