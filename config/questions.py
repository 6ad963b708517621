"""Several queries asked in one turn: which of them would find nothing.

A studio's day asks a dozen times whether something is due, every minute and almost always in
vain. Written into one statement, once for each kind of database, all of it costs less than the
building of a single query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

from config.db import db

_NAMED = r"%\((\w+)\)s"
Conversion = Callable[[Any], Any]


class Questions:
    """Queries by name; their bound parameters are the values of `idle`, by name too."""

    def __init__(self, queries: Mapping[str, sa.Select]) -> None:
        self._names = tuple(queries)
        self._statement = sa.select(*map(_any_row, queries.values()))
        self._ways: dict[str, _Way] = {}

    def idle(self, values: Mapping[str, Any]) -> frozenset[str]:
        """The names of the queries that would find no row now, for these values."""
        connection = db.session.connection()
        dialect = connection.dialect
        if dialect.name not in self._ways:
            self._ways[dialect.name] = _way(self._statement, values, dialect)
        way = self._ways[dialect.name]
        bound = tuple(
            convert(values.get(name, fixed)) if convert else values.get(name, fixed)
            for name, convert, fixed in way.parameters
        )
        answers = connection.exec_driver_sql(way.statement, bound).one()
        pairs = zip(self._names, answers, strict=True)
        return frozenset(name for name, found in pairs if not found)


class _Way(NamedTuple):
    """A statement as the driver takes it, and how each of its parameters is come by."""

    statement: str
    parameters: tuple[tuple[str, Conversion | None, Any], ...]


def _any_row(query: sa.Select) -> sa.Exists:
    one = sa.literal_column("1")
    return query.with_only_columns(one, maintain_column_froms=True).order_by(None).exists()


def _way(statement: sa.Select, values: Mapping[str, Any], dialect: sa.Dialect) -> _Way:
    compiled = cast(SQLCompiler, statement.compile(dialect=dialect))
    state = compiled.construct_expanded_state(values)
    order = state.positiontup or re.findall(_NAMED, state.statement)
    return _Way(
        statement=re.sub(_NAMED, "%s", state.statement),
        parameters=tuple(
            (name, _conversion(compiled, name), state.parameters[name]) for name in order
        ),
    )


def _conversion(compiled: SQLCompiler, name: str) -> Conversion | None:
    bind = compiled.binds.get(name)
    if bind is None:
        return None  # one of a fixed list of words
    return bind.type.dialect_impl(compiled.dialect).bind_processor(compiled.dialect)
