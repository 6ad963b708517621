"""What in the books speaks of an invoice: itself, its payments, credit notes and refunds."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from billing.models import CreditNote, Dispute, Payment, Refund
from config.db import core


def of(invoice_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """By invoice, the keys under which its entries were posted; the invoice's own comes first."""
    found = {invoice_id: [invoice_id] for invoice_id in invoice_ids}
    for model in (Payment, CreditNote, Refund, Dispute):
        query = sa.select(model.invoice_id, model.id).where(model.invoice_id.in_(invoice_ids))
        for invoice_id, source_id in map(tuple, core(query.order_by(model.id))):
            found[invoice_id].append(source_id)
    return found
