"""Receivables by age: what open invoices still ask for, beside what the books hold of it."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import sqlalchemy as sa

from billing.models import Invoice
from billing.rules.ageing import BUCKETS, bucket_of
from config.db import core
from locations import places
from locations.asked_places import together
from locations.models import LedgerMonth
from locations.months_asked import Asked
from locations.tables import Column, Row, Table, summed

INVOICES = "managing.owed_invoices"
_HEADINGS = ("0-7 days", "8-30 days", "31-60 days", "61-90 days", "Over 90 days")
COLUMNS = (
    Column("location", "Location", "text"),
    Column("invoices", "Invoices", "count", behind=INVOICES),
    *(
        Column(name, heading, behind=INVOICES, asks={"age": name})
        for name, heading in zip(BUCKETS, _HEADINGS, strict=True)
    ),
    Column("paid_ahead_cents", "Paid ahead", behind=INVOICES, asks={"age": "paid_ahead_cents"}),
    Column("booked_cents", "In the books", accounts=("receivable",), span="until"),
)
_NAMES = [column.name for column in COLUMNS if column.kind != "text"]


def table(asked: Asked) -> Table:
    """A row for every location that is owed something, by each studio's own date.

    `paid_ahead` is what was paid for what is not billed yet: negative, as it lies in the books.
    """
    group = together(asked.chosen)
    on = {at: places.business_date(place, asked.now) for at, place in group.by_id.items()}
    cells = {at: Counter[str]() for at in group.ids}
    for at, issued_on, count, cents in map(tuple, core(_open(group.ids))):
        cells[at]["invoices"] += count
        cells[at][bucket_of((on[at] - issued_on).days)] += int(cents)
    for at, cents in map(tuple, core(_ahead(group.ids))):
        cells[at]["paid_ahead_cents"] = -int(cents)
    for at, cents in map(tuple, core(_booked(group.ids))):
        cells[at]["booked_cents"] = int(cents)
    rows = [
        Row(
            {"location": place.name, **{name: cells[at][name] for name in _NAMES}},
            asked.first,
            asked.last,
            place.slug,
        )
        for at, place in group.by_id.items()
        if any(cells[at].values())
    ]
    return Table(COLUMNS, rows, group.currency, summed(rows, _NAMES))


def _open(location_ids: list[UUID]) -> sa.Select:
    due = Invoice.total_cents - Invoice.paid_cents - Invoice.credited_cents
    return (
        sa.select(
            Invoice.location_id,
            Invoice.issued_on,
            sa.func.count(),
            sa.func.sum(due + Invoice.refunds_owed_cents),
        )
        .where(Invoice.location_id.in_(location_ids), Invoice.state == "open")
        .group_by(Invoice.location_id, Invoice.issued_on)
    )


def _ahead(location_ids: list[UUID]) -> sa.Select:
    paid = Invoice.paid_cents + Invoice.credited_cents - Invoice.refunds_owed_cents
    return (
        sa.select(Invoice.location_id, sa.func.sum(paid))
        .where(Invoice.location_id.in_(location_ids), Invoice.state == "draft", paid != 0)
        .group_by(Invoice.location_id)
    )


def _booked(location_ids: list[UUID]) -> sa.Select:
    net = sa.func.sum(LedgerMonth.debit_cents - LedgerMonth.credit_cents)
    return (
        sa.select(LedgerMonth.location_id, net)
        .where(LedgerMonth.location_id.in_(location_ids), LedgerMonth.account == "receivable")
        .group_by(LedgerMonth.location_id)
    )
