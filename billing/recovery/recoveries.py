"""The recoveries behind a number of what became of failed payments, each with its tries."""

from __future__ import annotations

import sqlalchemy as sa

from billing.invoices import invoice_sources
from billing.models import Dunning, Invoice
from billing.models.payments import RECOVERED_BY
from config.db import core, db
from config.errors import invalid_field
from locations.asked_places import together
from locations.listing_pages import Query
from locations.tables import Column, Row, Table
from membership.models import Member

STATES = {"recovered": "recovered", "lost": "given_up", "open": "open"}
COLUMNS = (
    Column("location", "Location", "text"),
    Column("invoice", "Invoice", "text", behind="managing.failed_payment"),
    Column("member", "Member", "text"),
    Column("failed_on", "First failed", "day"),
    Column("tries", "Tries", "count"),
    Column("fate", "What became of it", "text"),
    Column("amount_cents", "Amount", accounts=("receivable",)),
)
_FATES = {
    "retry": "Paid by a retry",
    "new_card": "Paid by a new card",
    "link": "Paid by the member",
    "other_tender": "Paid in cash or credit",
    "given_up": "Lost",
    "open": "Still open",
}


def table(asked: Query) -> Table:
    """What failed first on these days, of one fate or of all, newest first.

    `fate` is a state of the report or a way in which the money came. Invalid for another one.
    """
    group = together(asked.chosen)
    where = [
        Dunning.location_id.in_(group.ids),
        Dunning.opened_on >= asked.since,
        Dunning.opened_on < asked.until,
        *_of_fate(asked.given.get("fate", "")),
    ]
    query = (
        sa.select(Dunning, Invoice.number, Member.name)
        .join(Invoice, Invoice.id == Dunning.invoice_id)
        .join(Member, Member.id == Invoice.member_id)
        .where(*where)
        .order_by(Dunning.opened_on.desc(), Dunning.invoice_id.desc())
        .offset(asked.skip)
        .limit(asked.most)
    )
    found = db.session.execute(query).all()
    sources = invoice_sources.of([row.Dunning.invoice_id for row in found])
    rows = [
        Row(
            {
                "location": group.by_id[row.Dunning.location_id].name,
                "invoice": row.number,
                "member": row.name,
                "failed_on": row.Dunning.opened_on,
                "tries": row.Dunning.tries,
                "fate": _FATES[row.Dunning.recovered_by or row.Dunning.state],
                "amount_cents": row.Dunning.amount_cents,
            },
            asks={"invoice_id": str(row.Dunning.invoice_id)},
            sources=sources[row.Dunning.invoice_id],
        )
        for row in found
    ]
    cents = core(sa.select(sa.func.sum(Dunning.amount_cents)).where(*where)).scalar_one()
    return Table(COLUMNS, rows, group.currency, {"amount_cents": int(cents or 0)})


def _of_fate(fate: str) -> list[sa.ColumnElement[bool]]:
    if not fate:
        return []
    if fate in STATES:
        return [Dunning.state == STATES[fate]]
    if fate not in RECOVERED_BY:
        raise invalid_field("/fate", "Nothing ends so.")
    return [Dunning.state == "recovered", Dunning.recovered_by == fate]
