"""Taxed sales by month, location, rate and product class: the base and its tax, sold and credited.

An invoice and a credit note count in the month in which they are booked.
"""

from __future__ import annotations

import sqlalchemy as sa

from billing.models import TaxedMonth
from config.db import core
from config.formats import percent
from locations.asked_places import together
from locations.months_asked import Asked
from locations.tables import Column, Row, Table, summed

LINES = "managing.taxed_lines"
COLUMNS = (
    Column("month", "Month", "month"),
    Column("location", "Location", "text"),
    Column("rate", "Tax", "text"),
    Column("percent", "Rate", "text"),
    Column("product_class", "Class", "text"),
    Column("base_cents", "Sold, before tax", behind=LINES, asks={"what": "sold"}),
    Column("tax_cents", "Tax charged", behind=LINES, asks={"what": "sold"}),
    Column("credited_base_cents", "Credited, before tax", behind=LINES, asks={"what": "credited"}),
    Column("credited_tax_cents", "Tax credited", behind=LINES, asks={"what": "credited"}),
)
_MONEY = [column.name for column in COLUMNS if column.kind == "money"]


def table(asked: Asked) -> Table:
    """A row for every month, location, rate and class with a sale or credit in these months."""
    group = together(asked.chosen)
    given = {"places": group.ids, "first": asked.first, "last": asked.last}
    order = {at: n for n, at in enumerate(group.ids)}
    found = sorted(
        map(tuple, core(_SUMS, given)), key=lambda row: (row[0], order[row[1]], *row[2:5])
    )
    rows = []
    for month, at, name, rate_ppm, product_class, *cents in found:
        place = group.by_id[at]
        values = {
            "month": month,
            "location": place.name,
            "rate": name,
            "percent": percent(rate_ppm),
            "product_class": product_class,
            **dict(zip(_MONEY, cents, strict=True)),
        }
        asks = {"tax": name, "ppm": str(rate_ppm), "class": product_class}
        rows.append(Row(values, month, month, place.slug, asks=asks))
    return Table(COLUMNS, rows, group.currency, summed(rows, _MONEY))


_T = TaxedMonth
_KEY = (_T.month, _T.location_id, _T.tax_name, _T.tax_rate_ppm, _T.product_class)
_SUMS = (
    sa.select(*_KEY, *(sa.cast(sa.func.sum(_T.__table__.c[n]), sa.BigInteger) for n in _MONEY))
    .where(
        _T.location_id.in_(sa.bindparam("places", expanding=True)),
        _T.month >= sa.bindparam("first", type_=sa.Date()),
        _T.month <= sa.bindparam("last", type_=sa.Date()),
    )
    .group_by(*_KEY)
)
