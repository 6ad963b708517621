"""Taxed sales by location, rate and product class: the base and its tax, sold and credited.

Read from the lines of what the books name: an invoice and a credit note count in the month in
which they are booked.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.models import CreditNote, CreditNoteLine, InvoiceLine
from config.calendar import add_months
from config.db import core
from config.formats import percent
from locations.asked_places import together
from locations.models import JournalEntry
from locations.months_asked import Asked
from locations.tables import Column, Row, Table, summed

COLUMNS = (
    Column("location", "Location", "text"),
    Column("rate", "Tax", "text"),
    Column("percent", "Rate", "text"),
    Column("product_class", "Class", "text"),
    Column("base_cents", "Sold, before tax"),
    Column("tax_cents", "Tax charged"),
    Column("credited_base_cents", "Credited, before tax"),
    Column("credited_tax_cents", "Tax credited"),
)
_MONEY = [column.name for column in COLUMNS if column.kind == "money"]


class Taxed(NamedTuple):
    """What one rate of a location is charged on."""

    location_id: UUID
    tax_name: str
    rate_ppm: int
    product_class: str


def table(asked: Asked) -> Table:
    """A row for every location, rate and class with a sale or credit in these months."""
    group = together(asked.chosen)
    given = {
        "places": group.ids,
        "since": asked.first,
        "until": add_months(asked.last, 1, anchor_day=1),
    }
    cells: dict[Taxed, Counter[str]] = {}
    for query, base, tax in (
        (_SOLD, "base_cents", "tax_cents"),
        (_CREDITED, "credited_base_cents", "credited_tax_cents"),
    ):
        for *key, net_cents, tax_cents in map(tuple, core(query, given)):
            cell = cells.setdefault(Taxed._make(key), Counter())
            cell[base] += int(net_cents)
            cell[tax] += int(tax_cents)
    rows = [
        Row(
            {
                "location": group.by_id[key.location_id].name,
                "rate": key.tax_name,
                "percent": percent(key.rate_ppm),
                "product_class": key.product_class,
                **{name: cells[key][name] for name in _MONEY},
            }
        )
        for key in sorted(cells, key=lambda one: (group.ids.index(one.location_id), *one[1:]))
    ]
    return Table(COLUMNS, rows, group.currency, summed(rows, _MONEY))


_DURING = (
    JournalEntry.occurred_on >= sa.bindparam("since", type_=sa.Date()),
    JournalEntry.occurred_on < sa.bindparam("until", type_=sa.Date()),
    JournalEntry.sold_at.in_(sa.bindparam("places", expanding=True)),
)
_KEY = (
    JournalEntry.sold_at,
    InvoiceLine.tax_name,
    InvoiceLine.tax_rate_ppm,
    InvoiceLine.product_class,
)
_SOLD = (
    sa.select(*_KEY, sa.func.sum(InvoiceLine.net_cents), sa.func.sum(InvoiceLine.tax_cents))
    .select_from(JournalEntry)
    .join(InvoiceLine, InvoiceLine.invoice_id == JournalEntry.invoice_id)
    .where(JournalEntry.kind == "sale", *_DURING)
    .group_by(*_KEY)
)
# A credit note's line names the product and the tax of lines of its invoice; their first one
# tells the rate and the class.
_FIRST = (
    sa.select(sa.func.min(InvoiceLine.n))
    .where(
        InvoiceLine.invoice_id == CreditNote.invoice_id,
        InvoiceLine.tax_name == CreditNoteLine.tax_name,
        InvoiceLine.liability_account == CreditNoteLine.liability_account,
    )
    .correlate(CreditNote, CreditNoteLine)
    .scalar_subquery()
)
_CREDITED = (
    sa.select(*_KEY, sa.func.sum(CreditNoteLine.net_cents), sa.func.sum(CreditNoteLine.tax_cents))
    .select_from(JournalEntry)
    .join(CreditNote, CreditNote.id == JournalEntry.source_id)
    .join(CreditNoteLine, CreditNoteLine.credit_note_id == CreditNote.id)
    .join(
        InvoiceLine,
        sa.and_(InvoiceLine.invoice_id == CreditNote.invoice_id, InvoiceLine.n == _FIRST),
    )
    .where(JournalEntry.kind.in_(("credit_note", "refund_promised")), *_DURING)
    .group_by(*_KEY)
)
