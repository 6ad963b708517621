"""A report as a table: the one value that its page, its file and its document are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from uuid import UUID

from config.money import major_text, minor_digits
from locations.sheets import harmless, written

Kind = Literal["text", "month", "day", "money", "count"]
# Which days of the books a number is made of: the row's months, all before, or all up to their end.
Span = Literal["during", "before", "until"]
POSTINGS = "manager.postings"


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of every row; money in minor units under a `name` that ends in `_cents`.

    `accounts` and `events`, or all but those `apart`, tell which postings it is the sum of, so that
    it leads to them.
    Another page may stand `behind` it instead, an endpoint that is asked for what `asks` names;
    or none, where it is empty.
    """

    name: str
    heading: str
    kind: Kind = "money"
    accounts: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    span: Span = "during"
    behind: str = POSTINGS
    asks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A row's values by column; what it is about, as addresses name it, so that it leads on:
    the months from `first` to `last`, a location's short name, the postings' detail, and the
    account where the columns name none; `asks` is what other pages are asked for, and
    `sources` are those of the entries that it stands for.
    """

    values: Mapping[str, Any]
    first: date | None = None
    last: date | None = None
    location: str = ""
    detail: str = ""
    account: str = ""
    asks: Mapping[str, str] = field(default_factory=dict)
    sources: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The report; `totals` holds the columns that add up, all of one currency."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    currency: str
    totals: Mapping[str, int] = field(default_factory=dict)


def summed(rows: Sequence[Row], names: Sequence[str]) -> dict[str, int]:
    """The sums of these columns over all rows."""
    return {name: sum(row.values[name] for row in rows) for name in names}


def as_csv(table: Table) -> str:
    """The rows for a spreadsheet, amounts in major units with all their decimals."""
    header = [column.name.removesuffix("_cents") for column in table.columns]
    digits = minor_digits(table.currency)
    columns = [_cells(column, table.rows, digits) for column in table.columns]
    return written(header, zip(*columns, strict=True))


def as_json(table: Table) -> dict[str, Any]:
    """The rows as plain values, amounts in minor units."""
    return {
        "currency": table.currency,
        "rows": [
            {c.name: _plain(row.values[c.name], c) for c in table.columns} for row in table.rows
        ],
        "totals": dict(table.totals),
    }


def drill(row: Row, column: Column) -> dict[str, str]:
    """What the address of the page behind a number asks for; empty where none is, and for 0."""
    if not (column.behind and row.values[column.name]):
        return {}
    asked = _of_page(row, column) if column.behind != POSTINGS else _of_postings(row, column)
    return {name: text for name, text in asked.items() if text}


def nowhere(_row: Row, _column: Column) -> dict[str, str]:
    """The same for whoever may not see what is behind: no number leads on."""
    return {}


def _of_page(row: Row, column: Column) -> dict[str, str]:
    """A page of its own: it is asked for the row's months and place, and for more."""
    return {**_where(row), "span": column.span, **row.asks, **column.asks}


def _of_postings(row: Row, column: Column) -> dict[str, str]:
    accounts = ",".join(column.accounts) or row.account
    if column.kind != "money" or not accounts:
        return {}
    if row.sources:
        return {"source": ",".join(map(str, row.sources)), "account": accounts}
    if row.first is None:
        return {}
    return {
        **_where(row),
        "span": column.span,
        "account": accounts,
        "kind": ",".join(column.events),
        "apart": ",".join(column.apart),
        "detail": row.detail,
    }


def _where(row: Row) -> dict[str, str]:
    months = {"from": row.first, "to": row.last}
    return {"location": row.location, **{n: f"{m:%Y-%m}" for n, m in months.items() if m}}


def _cells(column: Column, rows: Sequence[Row], digits: int) -> list[str | int]:
    """A column of the file, a cell for each row."""
    values = [row.values[column.name] for row in rows]
    if column.kind == "money":
        return [major_text(cents, digits=digits) for cents in values]
    if column.kind == "count":
        return values
    return [harmless(str(_plain(value, column))) for value in values]


def _plain(value: Any, column: Column) -> Any:
    if column.kind == "month":
        return value.isoformat()[:7]
    return value.isoformat() if column.kind == "day" else value
