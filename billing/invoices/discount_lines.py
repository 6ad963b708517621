"""List price and discount of invoice lines, as pages write them: what was asked, what came off."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from billing.models import InvoiceDiscount
from billing.rules.invoice import InvoiceAmounts
from config.db import db
from config.formats import money
from membership.rules.due import Due


def of_amounts(amounts: InvoiceAmounts) -> list[tuple[str, int]]:
    """Each line at its list price, and below it what a promotion takes off; the net, summed."""
    off = {found.line_n: found for found in amounts.discounts}
    rows: list[tuple[str, int]] = []
    for n, line in enumerate(amounts.lines, start=1):
        taken = off.get(n)
        rows.append((line.description, line.net_cents + (taken.amount_cents if taken else 0)))
        if taken is not None:
            rows.append((f"Less: {taken.name}", -taken.amount_cents))
    return rows


def of_invoice(invoice_id: UUID) -> dict[int, InvoiceDiscount]:
    """What was taken off an invoice's lines, by the number of the line."""
    query = sa.select(InvoiceDiscount).where(InvoiceDiscount.invoice_id == invoice_id)
    return {row.line_n: row for row in db.session.scalars(query)}


def words(off: InvoiceDiscount, *, net_cents: int, currency: str) -> str:
    """The list price and what came off it: "$99.00, less $20.00: Spring"."""
    listed = money(net_cents + off.amount_cents, currency)
    return f"{listed}, less {money(off.amount_cents, currency)}: {off.name}"


def as_sold(due: Due, invoice_id: UUID) -> Due:
    """A first period at the price that its own draft asked for."""
    query = sa.select(InvoiceDiscount.amount_cents).where(
        InvoiceDiscount.invoice_id == invoice_id, InvoiceDiscount.line_n == 1
    )
    return due._replace(price_cents=due.price_cents - (db.session.scalar(query) or 0))
