"""What became of failed payments, per location and month of the first failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.models import Dunning
from billing.rules.recovery import rate_text
from config.calendar import add_months, months_between
from config.db import db
from config.errors import Refused
from locations.models import Location
from locations.tables import Column, Row, Table, summed

BEHIND = "managing.recoveries"
_COLUMNS = (
    Column("month", "Month", "month"),
    Column("location", "Location", "text"),
    Column("payments_failed", "Failed", "count", behind=BEHIND),
    Column("payments_recovered", "Recovered", "count", behind=BEHIND, asks={"fate": "recovered"}),
    Column("payments_lost", "Lost", "count", behind=BEHIND, asks={"fate": "lost"}),
    Column("failed_cents", "Amount failed", behind=BEHIND),
    Column("retry_cents", "By a retry", behind=BEHIND, asks={"fate": "retry"}),
    Column("new_card_cents", "By a new card", behind=BEHIND, asks={"fate": "new_card"}),
    Column("link_cents", "By the member", behind=BEHIND, asks={"fate": "link"}),
    Column("other_tender_cents", "By cash or credit", behind=BEHIND, asks={"fate": "other_tender"}),
    Column("lost_cents", "Amount lost", behind=BEHIND, asks={"fate": "lost"}),
    Column("open_cents", "Still open", behind=BEHIND, asks={"fate": "open"}),
    Column("rate", "Recovered of all", "text"),
)
_SUMS = [column.name for column in _COLUMNS if column.kind in ("money", "count")]


def by_month(chosen: Sequence[Location], *, first: date, last: date) -> Table:
    """The fate of what failed in these months; every cent of it is in one of the last columns.

    Refused where the locations have several currencies.
    """
    currencies = {place.currency for place in chosen}
    if len(currencies) > 1:
        raise Refused("several_currencies", "Choose one location: these have several currencies.")
    until = add_months(last, 1, anchor_day=1)
    sums = _sums([place.id for place in chosen], first=first, until=until)
    rows = [
        _row(place, month, sums[place.id, month.year, month.month])
        for month in months_between(first, last)
        for place in sorted(chosen, key=lambda place: place.name)
        if (place.id, month.year, month.month) in sums
    ]
    totals = summed(rows, _SUMS)
    return Table(_COLUMNS, rows, next(iter(currencies), ""), totals)


def _sums(
    location_ids: Sequence[UUID], *, first: date, until: date
) -> dict[tuple[UUID, int, int], Counter[str]]:
    year = sa.extract("year", Dunning.opened_on).label("year")
    month = sa.extract("month", Dunning.opened_on).label("month")
    found: dict[tuple[UUID, int, int], Counter[str]] = {}
    for row in db.session.execute(
        sa.select(
            Dunning.location_id,
            year,
            month,
            Dunning.state,
            Dunning.recovered_by,
            sa.func.count().label("how_many"),
            sa.cast(sa.func.sum(Dunning.amount_cents), sa.BigInteger).label("cents"),
        )
        .where(
            Dunning.location_id.in_(location_ids),
            Dunning.opened_on >= first,
            Dunning.opened_on < until,
        )
        .group_by(Dunning.location_id, year, month, Dunning.state, Dunning.recovered_by)
    ):
        sums = found.setdefault((row.location_id, int(row.year), int(row.month)), Counter())
        fate = "lost" if row.state == "given_up" else str(row.state)
        by = str(row.recovered_by) if fate == "recovered" else fate
        sums.update({"payments_failed": row.how_many, f"payments_{fate}": row.how_many})
        sums.update({"failed_cents": row.cents, f"{by}_cents": row.cents})
    return found


def _row(place: Location, month: date, sums: Counter[str]) -> Row:
    values: dict[str, Any] = {name: sums[name] for name in _SUMS}
    back_cents = values["failed_cents"] - values["lost_cents"] - values["open_cents"]
    rate = rate_text(back_cents, of_cents=values["failed_cents"])
    values |= {"month": month, "location": place.name, "rate": rate}
    return Row(values, month, month, place.slug)
