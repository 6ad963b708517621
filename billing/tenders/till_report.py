"""The end of a studio's day: what was taken by which tender, sold, given back, over and short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from billing.models import GiftCardEntry, Invoice, InvoiceLine, Payment, Refund, TillSession
from billing.tenders import till_flow
from config.calendar import local_instant
from config.db import db
from locations.models import Location
from locations.tables import Column, Row, Table

PARTS: Final = "managing.day_parts"
COLUMNS: Final = (
    Column("section", "Of what", "text"),
    Column("item", "What", "text"),
    Column("count", "How many", "count", behind=PARTS),
    Column("net_cents", "Before tax", behind=PARTS),
    Column("tax_cents", "Tax", behind=PARTS),
    Column("total_cents", "Together", behind=PARTS),
)
TENDERS: Final = {
    "card": "Card",
    "cash": "Cash",
    "terminal": "Terminal",
    "gift_card": "Gift card",
    "account_credit": "Account credit",
}
DRAWER: Final = {"cash": "Cash", "terminal": "Terminal"}


def of_day(place: Location, on: date) -> Table:
    """A studio's business date as one table; amounts in minor units of its currency.

    "Taken" is by tender, "Sold" by product as it was invoiced that day, "Given back" by tender.
    A till's session stands on the day it was opened on, with its count where it has been closed.
    """
    rows = [*_taken(place.id, on), *_sold(place.id, on), *_given_back(place.id, on)]
    rows += _cashed(place, on)
    for session in _sessions(place.id, on):
        rows += _till(session)
    here = {"location": place.slug, "on": on.isoformat()}
    led_on = [replace(row, asks={**here, **row.asks}) for row in rows]
    return Table(COLUMNS, led_on, place.currency)


def taken_here(location_id: UUID, on: date) -> list[sa.ColumnElement[bool]]:
    """Which payments, beside their invoices, were taken on a day: what was paid ahead for a sale
    that came to nothing was not.
    """
    kept = sa.or_(Invoice.state != "draft", Payment.refunded_cents == 0)
    return [Invoice.location_id == location_id, Payment.received_on == on, kept]


def sold_here(location_id: UUID, on: date) -> list[sa.ColumnElement[bool]]:
    """Which invoices sold something on a day."""
    return [Invoice.location_id == location_id, Invoice.issued_on == on, Invoice.state != "draft"]


def given_back_here(location_id: UUID, on: date) -> list[sa.ColumnElement[bool]]:
    """Which refunds went out on a day."""
    sent = Refund.state == "succeeded"
    return [Refund.location_id == location_id, Refund.finished_on == on, sent]


def cashed_here(place: Location, on: date) -> list[sa.ColumnElement[bool]]:
    """Which entries of gift cards paid out their rest on a day."""
    return [
        GiftCardEntry.location_id == place.id,
        GiftCardEntry.kind == "cashed",
        GiftCardEntry.at >= local_instant(on, time.min, place.zone),
        GiftCardEntry.at < local_instant(on + timedelta(days=1), time.min, place.zone),
    ]


def _row(
    section: str, item: str, count: int, total: int, *, net: int = 0, tax: int = 0, key: str = ""
) -> Row:
    values = {"section": section, "item": item, "count": count}
    values |= {"net_cents": net, "tax_cents": tax, "total_cents": total}
    return Row(values, asks={"section": section.lower().replace(" ", "_"), "item": key})


def _taken(location_id: UUID, on: date) -> Iterator[Row]:
    query = (
        sa.select(Payment.tender, sa.func.count(), _sum(Payment.amount_cents))
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(*taken_here(location_id, on))
        .group_by(Payment.tender)
    )
    found = {row[0]: row for row in db.session.execute(query)}
    for tender, words in TENDERS.items():
        if tender in found:
            _, count, total = found[tender]
            yield _row("Taken", words, count, total, key=tender)


def _sold(location_id: UUID, on: date) -> Iterator[Row]:
    query = (
        sa.select(
            InvoiceLine.product,
            sa.func.count(),
            _sum(InvoiceLine.net_cents),
            _sum(InvoiceLine.tax_cents),
        )
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(*sold_here(location_id, on))
        .group_by(InvoiceLine.product)
        .order_by(InvoiceLine.product)
    )
    for product, count, net, tax in db.session.execute(query):
        yield _row("Sold", product, count, net + tax, net=net, tax=tax, key=product)


def _given_back(location_id: UUID, on: date) -> Iterator[Row]:
    query = (
        sa.select(Refund.tender, sa.func.count(), _sum(Refund.amount_cents))
        .where(*given_back_here(location_id, on))
        .group_by(Refund.tender)
        .order_by(Refund.tender)
    )
    for tender, count, total in db.session.execute(query):
        yield _row("Given back", TENDERS[tender], count, -total, key=tender)


def _cashed(place: Location, on: date) -> Iterator[Row]:
    query = sa.select(GiftCardEntry.amount_cents).where(*cashed_here(place, on))
    cents = list(db.session.scalars(query))
    if cents:
        rest = _row("Given back", "Rest of gift cards", len(cents), sum(cents))
        yield replace(rest, asks={"section": "cashed"})


def _sessions(location_id: UUID, on: date) -> list[TillSession]:
    query = sa.select(TillSession).where(
        TillSession.location_id == location_id, TillSession.opened_on == on
    )
    return list(db.session.scalars(query.order_by(TillSession.id)))


def _till(session: TillSession) -> Iterator[Row]:
    flow = till_flow.flow(session)
    yield _row("Till", "Opening count", 1, flow.opening_cents)
    yield _row("Till", "Cash taken", 0, flow.cash_cents)
    for item, cents in (
        ("Paid in", flow.paid_in_cents),
        ("Paid out", -flow.paid_out_cents),
        ("Deposited", -flow.deposit_cents),
        ("Refunded in cash", -flow.refunded_cents),
        ("Gift cards cashed", -flow.cashed_cents),
    ):
        if cents:
            yield _row("Till", item, 0, cents)
    yield _row("Till", "Should be in the drawer", 0, flow.drawer_cents)
    yield _row("Till", "Terminal", 0, flow.slips_cents)
    if session.closed_at is not None:
        counted, slips = session.counted_cents or 0, session.terminal_cents or 0
        over = counted - flow.drawer_cents + slips - flow.slips_cents
        yield _row("Till", "Closing count", 1, counted)
        yield _row("Till", "Terminal's own total", 1, slips)
        yield _row("Till", "Over (short is negative)", 0, over)


def _sum(column: InstrumentedAttribute[int]) -> sa.Cast[int]:
    return sa.cast(sa.func.sum(column), sa.BigInteger)
