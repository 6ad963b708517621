"""Revenue per location and month, read from the books' monthly roll-ups and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from config.calendar import months_between
from config.db import core, db
from config.few import few_keys
from config.money import major_text, minor_digits
from locations.asked_places import together as together_in_money
from locations.models import LedgerMonth, Location
from locations.rules.revenue import (
    BALANCES,
    DEFERRED,
    FIGURES,
    MADE_OF,
    Figures,
    MonthSum,
    figures,
    together,
)
from locations.sheets import harmless, written
from locations.tables import Column, Row, Span, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueRow(Figures):
    """A location's month, in minor units of `currency`."""

    location_id: UUID
    slug: str
    place_name: str
    currency: str
    month: date


@dataclass(frozen=True, slots=True)
class RevenueReport:
    """Months of locations by month and name, and all of them together.

    `rows` is empty where nothing moved and nothing is owed.
    """

    currency: str
    months: tuple[date, ...]
    rows: tuple[RevenueRow, ...]
    totals: Figures


def by_month(*, location_ids: Collection[UUID], first: date, last: date) -> RevenueReport:
    """The figures of these locations from `first`'s month to `last`'s, both included.

    Refused(several_currencies) where they do not count in one currency: such sums mean nothing.
    """
    months = months_between(first, last)
    group = together_in_money(_places(location_ids))
    places = list(group.by_id.values())
    ids = [place.id for place in places]
    cells = figures(_sums(ids, months), location_ids=ids, months=months)
    rows = tuple(
        RevenueRow(
            *cells[place.id, month].amounts(),
            location_id=place.id,
            slug=place.slug,
            place_name=place.name,
            currency=place.currency,
            month=month,
        )
        for month in months
        for place in places
    )
    return RevenueReport(
        currency=group.currency,
        months=tuple(months),
        rows=rows if any(any(cell.amounts()) for cell in cells.values()) else (),
        totals=together(cells, first=months[0], last=months[-1]),
    )


HEADINGS = {
    "net_sales_cents": "Sold",
    "tax_cents": "Tax",
    "cash_cents": "Received",
    "by_card_cents": "By card",
    "at_the_desk_cents": "At the desk",
    "by_credit_cents": "By gift card or credit",
    "refunds_cents": "Sent back",
    "disputes_cents": "Disputed",
    "processor_fees_cents": "Fees",
    "earned_cents": "Earned",
    "breakage_cents": "Unused",
    "deferred_open_cents": "Owed before",
    "deferred_close_cents": "Still owed",
}


def table(report: RevenueReport) -> Table:
    """The rows as a page shows them, each number leading to its postings."""
    rows = [
        Row(
            {"month": row.month, "location": row.place_name, **row.cents()},
            row.month,
            row.month,
            row.slug,
        )
        for row in report.rows
    ]
    return Table(_COLUMNS, rows, report.currency, report.totals.cents())


def as_json(report: RevenueReport) -> dict[str, Any]:
    """The report as plain values, amounts in minor units."""
    return {
        "currency": report.currency,
        "rows": [
            {
                "month": f"{row.month:%Y-%m}",
                "location": row.slug,
                "currency": row.currency,
                **row.cents(),
            }
            for row in report.rows
        ],
        "totals": report.totals.cents(),
    }


def as_csv(report: RevenueReport) -> str:
    """The same rows for a spreadsheet, amounts in major units with all their decimals."""
    header = ["month", "location", "currency", *(name.removesuffix("_cents") for name in FIGURES)]
    return written(header, map(_line, report.rows))


def _line(row: RevenueRow) -> list[str]:
    digits = minor_digits(row.currency)
    amounts = [major_text(cents, digits=digits) for cents in row.amounts()]
    return [row.month.isoformat()[:7], harmless(row.place_name), row.currency, *amounts]


def _places(location_ids: Collection[UUID]) -> list[Location]:
    query = sa.select(Location).where(Location.id.in_(location_ids)).order_by(Location.name)
    return list(db.session.scalars(query))


def _sums(location_ids: Collection[UUID], months: list[date]) -> Sequence[MonthSum]:
    """What was owed before the months, and what moved in them: one statement sees one moment."""
    given = {"places": list(location_ids), "first": months[0], "last": months[-1]}
    return cast("Sequence[MonthSum]", core(_BEFORE_AND_IN, given).fetchall())


_M = LedgerMonth
_CENTS = sa.cast(sa.func.sum(_M.credit_cents - _M.debit_cents), sa.BigInteger)
_FIRST = sa.bindparam("first", type_=sa.Date())
_OF = _M.location_id.in_(sa.bindparam("places", expanding=True))
_AT = few_keys(_M.location_id)
_OPENING = (
    sa.select(_AT, sa.cast(sa.null(), sa.Date), _M.account, sa.literal(""), _CENTS)
    .where(_OF, _M.account.in_(sorted(DEFERRED)), _M.month < _FIRST)
    .group_by(_M.location_id, _M.account)
)
_MOVED = (
    sa.select(_AT, _M.month, _M.account, _M.kind, _CENTS)
    .where(_OF, _M.month >= _FIRST, _M.month <= sa.bindparam("last", type_=sa.Date()))
    .group_by(_M.location_id, _M.account, _M.kind, _M.month)
)
_BEFORE_AND_IN = sa.union_all(_OPENING, _MOVED)


def _column(name: str) -> Column:
    if name in BALANCES:
        span: Span = "before" if name == "deferred_open_cents" else "until"
        return Column(name, HEADINGS[name], accounts=tuple(sorted(DEFERRED)), span=span)
    made = MADE_OF[name]
    accounts, events = tuple(sorted(made.accounts)), tuple(sorted(made.kinds))
    return Column(name, HEADINGS[name], accounts=accounts, events=events)


_COLUMNS = (
    Column("month", "Month", "month"),
    Column("location", "Location", "text"),
    *(_column(name) for name in FIGURES),
)
