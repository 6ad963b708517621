"""The roll-forward of what is owed in sessions and in time, per location and product."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import cast
from uuid import UUID

import sqlalchemy as sa

from config.db import core
from config.few import few_keys
from locations.asked_places import together
from locations.models import LedgerDetail
from locations.months_asked import Asked
from locations.rules.revenue import DEFERRED
from locations.rules.roll_forward import (
    EXPIRED,
    OPENING,
    REDEEMED,
    REFUNDED,
    SOLD,
    TAKEN_BACK,
    VOIDED,
    LineKey,
    LineSum,
    RollForward,
    roll_forward,
)
from locations.tables import Column, Row, Table, summed

_ACCOUNTS = tuple(sorted(DEFERRED))
_DELIVERED = (*REDEEMED, TAKEN_BACK)
_WHAT_EXPIRED = ("breakage", "expired_refundable")
COLUMNS = (
    Column("location", "Location", "text"),
    Column("product", "Product", "text"),
    Column("owed_in", "Owed in", "text"),
    Column("opening_cents", "Opening", accounts=_ACCOUNTS, span="before"),
    Column("sold_cents", "Sold", accounts=_ACCOUNTS, events=SOLD),
    Column(
        "changes_cents",
        "Changes",
        accounts=_ACCOUNTS,
        apart=(*SOLD, *_DELIVERED, *EXPIRED, *VOIDED, *REFUNDED),
    ),
    # What is taken back undoes in one entry what was delivered and what had expired.
    Column("redeemed_cents", "Delivered", accounts=(*_ACCOUNTS, *_WHAT_EXPIRED), events=_DELIVERED),
    Column("voided_cents", "Voided", accounts=_ACCOUNTS, events=VOIDED),
    Column("breakage_cents", "Kept", accounts=("breakage",), events=(*EXPIRED, TAKEN_BACK)),
    Column(
        "refundable_cents",
        "Expired, refundable",
        accounts=("expired_refundable",),
        events=(*EXPIRED, TAKEN_BACK),
    ),
    Column("refunded_cents", "Refunded", accounts=_ACCOUNTS, events=REFUNDED),
    Column("closing_cents", "Closing", accounts=_ACCOUNTS, span="until"),
)
_MONEY = [column.name for column in COLUMNS if column.kind == "money"]


def lines(
    location_ids: Collection[UUID], *, first: date, last: date
) -> list[tuple[LineKey, RollForward]]:
    """The lines of these locations from `first`'s month to `last`'s, by location and product."""
    given = {"places": list(location_ids), "first": first, "last": last}
    found = roll_forward(cast("Sequence[LineSum]", core(_BEFORE_AND_IN, given).fetchall()))
    return [(key, line) for key, line in found.items() if any(line.amounts())]


def table(asked: Asked) -> Table:
    """The lines of the months and locations asked for."""
    places = together(asked.chosen)
    rows = [
        Row(
            values={
                "location": places.by_id[key.location_id].name,
                "product": key.product,
                "owed_in": "sessions" if key.account == "deferred_sessions" else "time",
                **line.cents(),
            },
            first=asked.first,
            last=asked.last,
            location=places.by_id[key.location_id].slug,
            detail=key.product,
        )
        for key, line in lines(places.ids, first=asked.first, last=asked.last)
    ]
    names = {place.slug: n for n, place in enumerate(places.by_id.values())}
    rows.sort(key=lambda row: names[row.location])
    return Table(COLUMNS, rows, places.currency, summed(rows, _MONEY))


_D = LedgerDetail
_CENTS = sa.cast(sa.func.sum(_D.credit_cents - _D.debit_cents), sa.BigInteger)
_FIRST = sa.bindparam("first", type_=sa.Date())
_OF = _D.location_id.in_(sa.bindparam("places", expanding=True))
_AT = few_keys(_D.location_id)
_LINE = (_D.location_id, _D.account, _D.detail)
_OPENING = (
    sa.select(_AT, *_LINE[1:], sa.literal(OPENING), _CENTS)
    .where(_OF, _D.account.in_(_ACCOUNTS), _D.month < _FIRST)
    .group_by(*_LINE)
)
_MOVED = (
    sa.select(_AT, *_LINE[1:], _D.kind, _CENTS)
    .where(
        _OF,
        _D.account.in_((*_ACCOUNTS, *_WHAT_EXPIRED)),
        _D.month >= _FIRST,
        _D.month <= sa.bindparam("last", type_=sa.Date()),
    )
    .group_by(*_LINE, _D.kind)
)
_BEFORE_AND_IN = sa.union_all(_OPENING, _MOVED)
