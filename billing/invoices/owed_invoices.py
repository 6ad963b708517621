"""The invoices behind what members owe by age, each with the postings that say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from billing.invoices import invoice_sources
from billing.models import Invoice
from billing.rules.ageing import BUCKETS
from config.db import core, db
from config.errors import invalid_field
from locations import places
from locations.asked_places import together
from locations.listing_pages import Query
from locations.tables import Column, Row, Table
from membership.models import Member

AHEAD = "paid_ahead_cents"
COLUMNS = (
    Column("location", "Location", "text"),
    Column("invoice", "Invoice", "text"),
    Column("member", "Member", "text"),
    Column("issued_on", "Issued", "day"),
    Column("total_cents", "Asked for"),
    Column("due_cents", "Still owed", accounts=("receivable",)),
)
_DUE = (
    sa.case((Invoice.state == "open", Invoice.total_cents), else_=0)
    - Invoice.paid_cents
    - Invoice.credited_cents
    + Invoice.refunds_owed_cents
)


def table(asked: Query) -> Table:
    """Open invoices of an age, or of any, the oldest first; or what was paid ahead for drafts.

    Invalid for an age that the report does not know.
    """
    group = together(asked.chosen)
    on = {at: places.business_date(place, asked.now) for at, place in group.by_id.items()}
    where = _of_age(asked.given.get("age", ""), on)
    query = (
        sa.select(Invoice, Member.name, _DUE.label("due_cents"))
        .join(Member, Member.id == Invoice.member_id)
        .where(where)
        .order_by(Invoice.issued_on, Invoice.id)
        .offset(asked.skip)
        .limit(asked.most)
    )
    found = db.session.execute(query).all()
    sources = invoice_sources.of([row.Invoice.id for row in found])
    rows = [
        _row(row.Invoice, row.name, row.due_cents, group.by_id[row.Invoice.location_id].name,
             sources[row.Invoice.id])
        for row in found
    ]  # fmt: skip
    totals = core(sa.select(sa.func.sum(Invoice.total_cents), sa.func.sum(_DUE)).where(where)).one()
    names = ("total_cents", "due_cents")
    sums = {name: int(cents or 0) for name, cents in zip(names, totals, strict=True)}
    return Table(COLUMNS, rows, group.currency, sums)


def _of_age(age: str, on: Mapping[UUID, date]) -> sa.ColumnElement[bool]:
    """Invoices at these locations whose age fits, by each one's own date."""
    if age == AHEAD:
        return sa.and_(Invoice.location_id.in_(on), Invoice.state == "draft", _DUE != 0)
    is_open = sa.and_(Invoice.location_id.in_(on), Invoice.state == "open")
    if not age:
        return is_open
    if age not in BUCKETS:
        raise invalid_field("/age", "There is no such age.")
    least, most = BUCKETS[age]
    issued, fits = Invoice.issued_on, []
    for at, today in on.items():
        # An invoice that a studio further east dated tomorrow is as new as can be.
        until = [issued <= today - timedelta(days=least)] if least else []
        since = [] if most is None else [issued >= today - timedelta(days=most)]
        fits.append(sa.and_(Invoice.location_id == at, *until, *since))
    return sa.and_(is_open, sa.or_(sa.false(), *fits))


def _row(invoice: Invoice, member: str, due_cents: int, place: str, sources: Sequence[UUID]) -> Row:
    values = {
        "location": place,
        "invoice": invoice.number or "Not billed yet",
        "member": member,
        "issued_on": invoice.issued_on,
        "total_cents": invoice.total_cents,
        "due_cents": due_cents,
    }
    return Row(values, sources=sources)
