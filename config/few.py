"""Columns of a report that hold few different values in many rows: each value is made once."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

_KEPT = 4096


class _Key(sa.types.TypeDecorator[UUID]):
    impl = sa.String
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> UUID | None:
        return None if value is None else _key(value)


class _Month(sa.types.TypeDecorator[date]):
    impl = sa.String
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> date | None:
        return None if value is None else _month(value)


class month_of_day(FunctionElement[date]):  # noqa: N801 - it reads as a function
    """The first day of the month that a date lies in."""

    type = _Month()
    inherit_cache = True
    name = "month_of_day"


def few_keys(column: Any) -> ColumnElement[UUID]:
    """Keys of which a report has few, as of its locations; group by the column itself.

    Read as text, since drivers make a key anew for every row.
    """
    return sa.cast(column, _Key)


@compiles(month_of_day, "sqlite")
def _in_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    # A third of what strftime takes.
    return f"substr({compiler.process(element.clauses, **more)}, 1, 7)"


@compiles(month_of_day, "postgresql")
def _in_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **more)}, 'YYYY-MM')"


@lru_cache(maxsize=_KEPT)
def _key(text: str) -> UUID:
    return UUID(text)


@lru_cache(maxsize=_KEPT)
def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")
