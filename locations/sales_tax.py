"""Sales tax by location, rate and month: charged, credited, remitted and still owed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.calendar import months_between
from config.db import core, db
from config.formats import money
from locations import details, paid_out, places
from locations.asked_places import together
from locations.models import LedgerDetail, Location, TaxRemittance
from locations.months_asked import Asked
from locations.paid_out import Paid
from locations.rules.paid_on import TAX_REMITTED, tax_remitted
from locations.tables import Column, Row, Table, summed

_TAX = ("sales_tax",)
_CHARGED = ("sale",)
_CREDITED = ("credit_note", "refund_promised")
COLUMNS = (
    Column("month", "Month", "month"),
    Column("location", "Location", "text"),
    Column("rate", "Tax", "text"),
    Column("opening_cents", "Owed before", accounts=_TAX, span="before"),
    Column("charged_cents", "Charged", accounts=_TAX, events=_CHARGED),
    Column("credited_cents", "Credited", accounts=_TAX, events=_CREDITED),
    Column("other_cents", "Otherwise", accounts=_TAX, apart=(*_CHARGED, *_CREDITED, TAX_REMITTED)),
    Column("remitted_cents", "Remitted", accounts=_TAX, events=(TAX_REMITTED,)),
    Column("closing_cents", "Owed", accounts=_TAX, span="until"),
)
# Balances of several months do not add up; what moved in them does.
_MOVED = ("charged_cents", "credited_cents", "other_cents", "remitted_cents")


def table(asked: Asked) -> Table:
    """A row for every month, location and rate that was owed or moved."""
    group = together(asked.chosen)
    owed: dict[tuple[UUID, str], int] = defaultdict(int)
    moved: dict[tuple[date, UUID, str], dict[str, int]] = {}
    for one in details.sums(group.ids, _TAX, first=asked.first, last=asked.last):
        if one.month is None:
            owed[one.location_id, one.detail] += one.credit_cents
            continue
        owed.setdefault((one.location_id, one.detail), 0)
        cell = moved.setdefault((one.month, one.location_id, one.detail), dict.fromkeys(_MOVED, 0))
        name, sign = _way_of(one.kind)
        cell[name] += sign * one.credit_cents
    rows = []
    place_of = {at: n for n, at in enumerate(group.by_id)}
    order = sorted(owed, key=lambda key: (place_of[key[0]], key[1]))
    for month in months_between(asked.first, asked.last):
        for location_id, rate in order:
            cell = moved.get((month, location_id, rate), dict.fromkeys(_MOVED, 0))
            row = _row(group.by_id[location_id], rate, month, owed[location_id, rate], cell)
            owed[location_id, rate] = row.values["closing_cents"]
            if any(row.values[c.name] for c in COLUMNS if c.kind == "money"):
                rows.append(row)
    return Table(COLUMNS, rows, group.currency, summed(rows, _MOVED))


def owed_by_rate(location_id: UUID) -> dict[str, int]:
    """What a location owes the state of each rate, ever, in minor units; nothing is left out."""
    net = sa.func.sum(LedgerDetail.credit_cents - LedgerDetail.debit_cents)
    query = (
        sa.select(LedgerDetail.detail, sa.cast(net, sa.BigInteger))
        .where(LedgerDetail.location_id == location_id, LedgerDetail.account == "sales_tax")
        .group_by(LedgerDetail.detail)
        .order_by(LedgerDetail.detail)
    )
    return {name: cents for name, cents in map(tuple, core(query)) if cents}


def remit(location_id: UUID, *, tax_name: str, paid: Paid, now: datetime) -> TaxRemittance:
    """Write down that tax of a rate was paid to the state, in the caller's transaction.

    Refused("more_than_owed") beyond what is owed of this rate; two at once wait for each other.
    """
    place = places.held(location_id)
    before = db.session.get(TaxRemittance, paid.key)
    if before is not None:
        return before
    owed = owed_by_rate(location_id).get(tax_name, 0)
    paid_out.require_owed(
        paid,
        owed_cents=owed,
        opened_on=place.opened_on,
        today=places.business_date(place, now),
        refusal=f"Only {money(owed, place.currency)} is owed of this tax.",
    )
    row = TaxRemittance(
        location_id=location_id,
        tax_name=tax_name,
        **paid_out.columns(paid, currency=place.currency, now=now),
    )
    entry = tax_remitted(
        remittance_id=row.id,
        on=paid.on,
        currency=place.currency,
        location_id=location_id,
        tax_name=tax_name,
        amount_cents=paid.amount_cents,
    )
    about = {"tax": tax_name}
    paid_out.book(
        row, entry, paid=paid, action="tax_remitted", location_id=location_id, about=about, now=now
    )
    return row


def _way_of(kind: str) -> tuple[str, int]:
    if kind in _CHARGED:
        return "charged_cents", 1
    if kind in _CREDITED:
        return "credited_cents", -1
    return ("remitted_cents", -1) if kind == TAX_REMITTED else ("other_cents", 1)


def _row(place: Location, rate: str, month: date, opening: int, cell: dict[str, int]) -> Row:
    closing = opening + cell["charged_cents"] + cell["other_cents"]
    closing -= cell["credited_cents"] + cell["remitted_cents"]
    values = {
        "month": month,
        "location": place.name,
        "rate": rate,
        "opening_cents": opening,
        **cell,
        "closing_cents": closing,
    }
    return Row(values, month, month, place.slug, rate)
