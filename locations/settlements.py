"""What locations owe each other for sessions and money of each other's members, and its payment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.calendar import months_between
from config.db import core, db
from config.formats import money
from locations import details, paid_out, places
from locations.asked_places import together
from locations.models import LedgerDetail, Settlement
from locations.months_asked import Asked
from locations.paid_out import Paid
from locations.rules.paid_on import SETTLED, settled
from locations.tables import Column, Row, Table, summed

_SIDES = {"due_to": "owes", "due_from": "is owed by"}
_BETWEEN = tuple(_SIDES)
_SESSIONS = ("redemption", "redemption_undone")
COLUMNS = (
    Column("month", "Month", "month"),
    Column("location", "Location", "text"),
    Column("side", "", "text"),
    Column("other", "Other location", "text"),
    Column("opening_cents", "Before", span="before"),
    Column("sessions_cents", "Sessions", events=_SESSIONS),
    Column("otherwise_cents", "Cards, credit, refunds", apart=(*_SESSIONS, SETTLED)),
    Column("settled_cents", "Paid", events=(SETTLED,)),
    Column("closing_cents", "Open", span="until"),
)
_MOVED = ("sessions_cents", "otherwise_cents", "settled_cents")


def table(asked: Asked) -> Table:
    """The statement by month and pair, each from the side of the location that the row names.

    What a location owes is positive, what it is owed is negative: all together are nothing.
    """
    group = together(asked.chosen)
    names = {str(place.id): place.name for place in places.all_ones()}
    owed: dict[tuple[UUID, str, str], int] = defaultdict(int)
    moved: dict[tuple[date, UUID, str, str], dict[str, int]] = {}
    for one in details.sums(group.ids, _BETWEEN, first=asked.first, last=asked.last):
        key = (one.location_id, one.account, one.detail)
        if one.month is None:
            owed[key] += one.credit_cents
            continue
        owed.setdefault(key, 0)
        cell = moved.setdefault((one.month, *key), dict.fromkeys(_MOVED, 0))
        cell[_way_of(one.kind)] += one.credit_cents
    rows = []
    order = sorted(owed, key=lambda k: (names[str(k[0])], k[1], names[k[2]]))
    still: dict[str, int] = dict.fromkeys(_MOVED, 0)
    for month in months_between(asked.first, asked.last):
        for key in order:
            cell = moved.get((month, *key), still)
            closing = owed[key] + sum(cell.values())
            if owed[key] or closing or any(cell.values()):
                place = group.by_id[key[0]]
                values = {
                    "month": month,
                    "location": place.name,
                    "side": _SIDES[key[1]],
                    "other": names[key[2]],
                    "opening_cents": owed[key],
                    **cell,
                    "closing_cents": closing,
                }
                rows.append(Row(values, month, month, place.slug, key[2], key[1]))
            owed[key] = closing
    return Table(COLUMNS, rows, group.currency, summed(rows, _MOVED))


def owed_by(location_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], int]:
    """What each of these locations owes each other one, ever, in minor units; nothing left out."""
    net = sa.func.sum(LedgerDetail.credit_cents - LedgerDetail.debit_cents)
    query = (
        sa.select(LedgerDetail.location_id, LedgerDetail.detail, sa.cast(net, sa.BigInteger))
        .where(LedgerDetail.location_id.in_(location_ids), LedgerDetail.account == "due_to")
        .group_by(LedgerDetail.location_id, LedgerDetail.detail)
    )
    return {
        (debtor, UUID(other)): cents for debtor, other, cents in map(tuple, core(query)) if cents
    }


def pay(debtor_id: UUID, *, creditor_id: UUID, paid: Paid, now: datetime) -> Settlement:
    """Write down that one location paid another, in the caller's transaction.

    Refused("more_than_owed") beyond what is owed; two payments at once wait for each other.
    """
    debtor, creditor = places.held(debtor_id), places.get(creditor_id)
    before = db.session.get(Settlement, paid.key)
    if before is not None:
        return before
    owed = owed_by([debtor_id]).get((debtor_id, creditor_id), 0)
    paid_out.require_owed(
        paid,
        owed_cents=owed,
        opened_on=max(debtor.opened_on, creditor.opened_on),
        today=min(places.business_date(place, now) for place in (debtor, creditor)),
        refusal=f"{debtor.name} owes {creditor.name} {money(max(owed, 0), debtor.currency)}.",
    )
    row = Settlement(
        from_location_id=debtor_id,
        to_location_id=creditor_id,
        **paid_out.columns(paid, currency=debtor.currency, now=now),
    )
    entry = settled(
        settlement_id=row.id,
        on=paid.on,
        currency=debtor.currency,
        debtor_id=debtor_id,
        creditor_id=creditor_id,
        amount_cents=paid.amount_cents,
    )
    about, action = {"to": creditor_id}, "locations_settled"
    paid_out.book(row, entry, paid=paid, action=action, location_id=debtor_id, about=about, now=now)
    return row


def _way_of(kind: str) -> str:
    if kind in _SESSIONS:
        return "sessions_cents"
    return "settled_cents" if kind == SETTLED else "otherwise_cents"
