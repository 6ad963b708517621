"""What a number of a studio's day is made of, one by one, each with its postings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.models import (
    GiftCardEntry,
    Invoice,
    InvoiceLine,
    Payment,
    Refund,
    TillMove,
    TillSession,
)
from billing.tenders import till_report
from config.db import core
from config.errors import invalid_field
from locations.listing_pages import Query
from locations.models import Location
from locations.rules.refunds import LEAVES_FROM
from locations.tables import Column, Row, Table, summed

_MONEY = ("net_cents", "tax_cents", "total_cents")
COLUMNS = (
    Column("what", "What", "text"),
    Column("reference", "Of", "text"),
    Column("net_cents", "Before tax"),
    Column("tax_cents", "Tax", accounts=("sales_tax",)),
    Column("total_cents", "Together"),
)


class Part(NamedTuple):
    """One payment, line, refund or move: the key and account it was posted under, minor units."""

    source_id: UUID
    what: str
    reference: str
    account: str
    total_cents: int
    net_cents: int = 0
    tax_cents: int = 0


def table(asked: Query) -> Table:
    """The parts of the row `item` in a `section` of a studio's day `on`, with their sums.

    Invalid for a section that no day has.
    """
    place, on, item = asked.chosen[0], asked.given["on"], asked.given.get("item", "")
    parts = _SECTIONS.get(asked.given["section"])
    if parts is None:
        raise invalid_field("/section", "There is no such section.")
    rows = [_row(part) for part in parts(place, on, item)]
    totals = summed(rows, _MONEY)
    return Table(COLUMNS, rows[asked.skip :][: asked.most], place.currency, totals)


def _row(part: Part) -> Row:
    values = {name: getattr(part, name) for name in ("what", "reference", *_MONEY)}
    return Row(values, account=part.account, sources=(part.source_id,))


def _taken(place: Location, on: date, tender: str) -> Iterator[Part]:
    query = (
        sa.select(Payment.id, Invoice.number, Payment.amount_cents)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(*till_report.taken_here(place.id, on), Payment.tender == tender)
    )
    yield from _of_tender(query.order_by(Payment.id), "Payment", tender)


def _given_back(place: Location, on: date, tender: str) -> Iterator[Part]:
    query = (
        sa.select(Refund.id, Invoice.number, -Refund.amount_cents)
        .join(Invoice, Invoice.id == Refund.invoice_id)
        .where(*till_report.given_back_here(place.id, on), Refund.tender == tender)
    )
    yield from _of_tender(query.order_by(Refund.id), "Refund", tender)


def _sold(place: Location, on: date, product: str) -> Iterator[Part]:
    line = InvoiceLine
    query = (
        sa.select(
            Invoice.id,
            line.description,
            Invoice.number,
            line.liability_account,
            line.net_cents + line.tax_cents,
            line.net_cents,
            line.tax_cents,
        )
        .join(Invoice, Invoice.id == line.invoice_id)
        .where(*till_report.sold_here(place.id, on), line.product == product)
        .order_by(Invoice.id, line.n)
    )
    for row in map(tuple, core(query)):
        yield Part(*row)


def _cashed(place: Location, on: date, _item: str) -> Iterator[Part]:
    query = sa.select(GiftCardEntry.id, GiftCardEntry.amount_cents).where(
        *till_report.cashed_here(place, on)
    )
    for key, cents in map(tuple, core(query.order_by(GiftCardEntry.id))):
        yield Part(key, "Rest of a gift card", "", "gift_cards", cents)


def _till(place: Location, on: date, _item: str) -> Iterator[Part]:
    """All that came into a drawer of the day and went out of it, its counts first."""
    sessions = sa.select(TillSession.id).where(
        TillSession.location_id == place.id, TillSession.opened_on == on
    )
    ids = list(core(sessions.order_by(TillSession.id)).scalars())
    counted = sa.select(TillSession.id, TillSession.opening_cents).where(TillSession.id.in_(ids))
    for key, cents in map(tuple, core(counted.order_by(TillSession.id))):
        yield Part(key, "Opening count, over and short", "", "till", cents)
    paid = (
        sa.select(Payment.id, Invoice.number, Payment.amount_cents)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.source_id.in_(ids))
    )
    back = (
        sa.select(Refund.id, Invoice.number, -Refund.amount_cents)
        .join(Invoice, Invoice.id == Refund.invoice_id)
        .where(Refund.source_id.in_(ids), Refund.state == "succeeded")
    )
    for tender, words in till_report.DRAWER.items():
        yield from _of_tender(paid.where(Payment.tender == tender), words, tender)
        yield from _of_tender(back.where(Refund.tender == tender), f"{words}, refunded", tender)
    moved = sa.select(TillMove.id, TillMove.kind, TillMove.reason, TillMove.amount_cents)
    for key, kind, reason, cents in map(
        tuple, core(moved.where(TillMove.till_session_id.in_(ids)))
    ):
        words, sign = _MOVES[kind]
        yield Part(key, words, reason, "till", sign * cents)
    cashed = sa.select(GiftCardEntry.id, GiftCardEntry.amount_cents)
    for key, cents in map(tuple, core(cashed.where(GiftCardEntry.till_session_id.in_(ids)))):
        yield Part(key, "Gift card cashed", "", "till", cents)


def _of_tender(query: sa.Select, words: str, tender: str) -> Iterator[Part]:
    for key, number, cents in map(tuple, core(query)):
        yield Part(key, words, number or "", LEAVES_FROM[tender], cents)


_MOVES = {"paid_in": ("Paid in", 1), "paid_out": ("Paid out", -1), "deposit": ("Deposited", -1)}
_SECTIONS: dict[str, Callable[[Location, date, str], Iterable[Part]]] = {
    "taken": _taken,
    "sold": _sold,
    "given_back": _given_back,
    "cashed": _cashed,
    "till": _till,
}
