"""Revenue per location and month, read from the books' monthly roll-ups and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from config.calendar import month_of, months_between
from config.db import db
from config.errors import Refused
from config.money import minor_digits
from locations.models import LedgerMonth, Location
from locations.rules.revenue import DEFERRED, FIGURES, Figures, MonthSum, figures, together
from locations.sheets import sheet


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
    places = _places(location_ids)
    currencies = {place.currency for place in places}
    if len(currencies) > 1:
        raise Refused(
            "several_currencies", "These locations count in different currencies. Choose one."
        )
    ids = [place.id for place in places]
    cells = figures(_sums(ids, months), location_ids=ids, months=months)
    rows = tuple(
        RevenueRow(
            **cells[place.id, month].cents(),
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
        currency=currencies.pop() if currencies else "USD",
        months=tuple(months),
        rows=rows if any(cents for row in rows for cents in row.cents().values()) else (),
        totals=together(cells, last=months[-1]),
    )


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
    names = [name.removesuffix("_cents") for name in FIGURES]
    return sheet(["month", "location", "currency", *names], _lines(report))


def _lines(report: RevenueReport) -> Iterator[list[str | Decimal]]:
    for row in report.rows:
        digits = minor_digits(row.currency)
        amounts = [Decimal(cents).scaleb(-digits) for cents in row.cents().values()]
        yield [f"{row.month:%Y-%m}", row.place_name, row.currency, *amounts]


def _places(location_ids: Collection[UUID]) -> list[Location]:
    query = sa.select(Location).where(Location.id.in_(location_ids)).order_by(Location.name)
    return list(db.session.scalars(query))


def _sums(location_ids: Collection[UUID], months: list[date]) -> list[MonthSum]:
    """One statement, so that all figures are of one moment."""
    net = sa.func.sum(LedgerMonth.credit_cents - LedgerMonth.debit_cents)
    key = (LedgerMonth.location_id, LedgerMonth.month, LedgerMonth.account, LedgerMonth.kind)
    query = (
        sa.select(*key, sa.cast(net, sa.BigInteger))
        .where(
            LedgerMonth.location_id.in_(location_ids),
            LedgerMonth.month <= month_of(months[-1]),
            sa.or_(LedgerMonth.month >= months[0], LedgerMonth.account.in_(DEFERRED)),
        )
        .group_by(*key)
    )
    return [MonthSum(*row) for row in db.session.execute(query)]
