"""The lines behind a number of the taxed sales, each with the postings of its document."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, TaxedMonth
from billing.taxed import taxed_lines
from config.db import core
from config.errors import invalid_field
from locations.asked_places import together
from locations.listing_pages import Query
from locations.models import JournalEntry
from locations.tables import Column, Row, Table

COLUMNS = (
    Column("on", "Booked", "day"),
    Column("location", "Location", "text"),
    Column("number", "Document", "text"),
    Column("what", "What", "text"),
    Column("base_cents", "Before tax"),
    Column("tax_cents", "Tax", accounts=("sales_tax",)),
)
_SOLD = (Invoice.id, Invoice.number, InvoiceLine.description, InvoiceLine.liability_account,
         InvoiceLine.net_cents, InvoiceLine.tax_cents)  # fmt: skip
_CREDITED = (CreditNote.id, CreditNote.number, InvoiceLine.description,
             CreditNoteLine.liability_account, CreditNoteLine.net_cents,
             CreditNoteLine.tax_cents)  # fmt: skip
_WAYS = {"sold": (taxed_lines.sold, _SOLD), "credited": (taxed_lines.credited, _CREDITED)}
_SUMMED = {
    "sold": (TaxedMonth.base_cents, TaxedMonth.tax_cents),
    "credited": (TaxedMonth.credited_base_cents, TaxedMonth.credited_tax_cents),
}


def table(asked: Query) -> Table:
    """The lines of a rate and class in these days, newest first, and the sums of all of them.

    Invalid unless what was sold or what was credited is asked for.
    """
    group = together(asked.chosen)
    if asked.given["what"] not in _WAYS:
        raise invalid_field("/what", "Choose sold or credited.")
    lines, columns = _WAYS[asked.given["what"]]
    where = _where(asked, group.ids)
    query = (
        lines(JournalEntry.occurred_on, JournalEntry.sold_at, *columns)
        .where(*where)
        .order_by(JournalEntry.occurred_on.desc(), JournalEntry.id.desc())
        .offset(asked.skip)
        .limit(asked.most)
    )
    rows = []
    for on, at, source_id, number, what, account, net_cents, tax_cents in map(tuple, core(query)):
        values = {
            "on": on,
            "location": group.by_id[at].name,
            "number": number,
            "what": what,
            "base_cents": net_cents,
            "tax_cents": tax_cents,
        }
        rows.append(Row(values, account=account, sources=(source_id,)))
    return Table(COLUMNS, rows, group.currency, _totals(asked, group.ids))


def _totals(asked: Query, location_ids: list[UUID]) -> dict[str, int]:
    """Of all such lines, as their months' sums have it: the days asked for are whole months."""
    of = TaxedMonth
    cents = _SUMMED[asked.given["what"]]
    query = sa.select(*(sa.func.coalesce(sa.func.sum(one), 0) for one in cents)).where(
        of.location_id.in_(location_ids),
        of.month >= asked.since,
        of.month < asked.until,
        of.tax_name == asked.given.get("tax", ""),
        of.tax_rate_ppm == asked.given["ppm"],
        of.product_class == asked.given["product_class"],
    )
    base_cents, tax_cents = tuple(core(query).one())
    return {"base_cents": int(base_cents), "tax_cents": int(tax_cents)}


def _where(asked: Query, location_ids: list[Any]) -> list[sa.ColumnElement[bool]]:
    given = asked.given
    name, rate_ppm, product_class = taxed_lines.RATE
    return [
        JournalEntry.occurred_on >= asked.since,
        JournalEntry.occurred_on < asked.until,
        JournalEntry.sold_at.in_(location_ids),
        name == given.get("tax", ""),
        rate_ppm == given["ppm"],
        product_class == given["product_class"],
    ]
