"""How the monthly recurring revenue moved, per location and month, read from its dated moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from config.calendar import add_months, month_of, months_between
from config.db import db
from config.money import minor_digits
from locations.models import Location
from locations.sheets import sheet
from membership.models import MrrMove
from membership.rules.mrr_report import KINDS, Movement, Sum, movements, together

HEADINGS = {
    "new": "New",
    "reactivation": "Back again",
    "expansion": "Larger plan",
    "resumed": "Back from a hold",
    "moved_in": "Moved here",
    "contraction": "Smaller plan",
    "churn": "Left",
    "frozen": "On hold",
    "moved_out": "Moved away",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A month of a location; minor units a month, before tax."""

    place_name: str
    slug: str
    currency: str
    movement: Movement


@dataclass(frozen=True, slots=True)
class MrrReport:
    """Rows by month and location, and what moved in all of them."""

    rows: tuple[Row, ...]
    moved: dict[str, int]
    opening_cents: int
    closing_cents: int
    currency: str


def by_month(chosen: Sequence[Location], *, first: date, last: date) -> MrrReport:
    """The movement of these locations from the first to the last month, both included.

    A day belongs to the location's own calendar. A move never changes what a month before it
    says: a later change of home, or of a price, is a move of its own date.
    """
    by_id = {place.id: place for place in sorted(chosen, key=lambda place: place.name)}
    begin, end = month_of(first), add_months(month_of(last), 1, anchor_day=1)
    here = MrrMove.location_id.in_(list(by_id))
    before = sa.select(MrrMove.location_id, sa.func.sum(MrrMove.delta_cents)).where(
        here, MrrMove.occurred_on < begin
    )
    opening = dict.fromkeys(by_id, 0)
    for place_id, cents in db.session.execute(before.group_by(MrrMove.location_id)):
        opening[place_id] = int(cents)
    rows = movements(opening, _sums(here, begin, end), months=months_between(begin, last))
    last_month = [row for row in rows if row.month == month_of(last)]
    return MrrReport(
        rows=tuple(
            Row(by_id[m.location_id].name, by_id[m.location_id].slug,
                by_id[m.location_id].currency, m)
            for m in rows
        ),
        moved=together(rows),
        opening_cents=sum(opening.values()),
        closing_cents=sum(row.closing_cents for row in last_month),
        currency=next((place.currency for place in by_id.values()), ""),
    )  # fmt: skip


def as_csv(report: MrrReport) -> str:
    """The same figures for a spreadsheet, in whole units with their decimals."""
    header = ["month", "location", "currency", "opening", *KINDS, "closing"]
    return sheet(header, (_cells(row) for row in report.rows))


def as_json(report: MrrReport) -> dict[str, Any]:
    """The same figures as plain values, amounts in minor units."""
    return {
        "currency": report.currency,
        "rows": [
            {
                "month": f"{row.movement.month:%Y-%m}",
                "location": row.slug,
                "opening_cents": row.movement.opening_cents,
                **{f"{kind}_cents": row.movement.moved[kind] for kind in KINDS},
                "closing_cents": row.movement.closing_cents,
            }
            for row in report.rows
        ],
        "totals": {
            "opening_cents": report.opening_cents,
            **{f"{kind}_cents": report.moved[kind] for kind in KINDS},
            "closing_cents": report.closing_cents,
        },
    }


def _sums(here: sa.ColumnElement[bool], begin: date, end: date) -> list[Sum]:
    query = (
        sa.select(
            MrrMove.location_id,
            MrrMove.occurred_on,
            MrrMove.kind,
            sa.func.sum(MrrMove.delta_cents),
        )
        .where(here, MrrMove.occurred_on >= begin, MrrMove.occurred_on < end)
        .group_by(MrrMove.location_id, MrrMove.occurred_on, MrrMove.kind)
    )
    return [
        Sum(place_id, month_of(on), kind, int(cents))
        for place_id, on, kind, cents in db.session.execute(query)
    ]


def _cells(row: Row) -> list[str | Decimal]:
    digits = minor_digits(row.currency)
    amounts = [row.movement.opening_cents, *row.movement.moved.values(), row.movement.closing_cents]
    decimals = [Decimal(cents).scaleb(-digits) for cents in amounts]
    return [f"{row.movement.month:%Y-%m}", row.place_name, row.currency, *decimals]
