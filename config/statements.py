"""Statements that are written down once and run a thousand times a minute.

SQLAlchemy's own path from a statement's tree to the driver takes several times as long as the
database does for a row found by its key. A `Statement` goes that path once for each database and
keeps the text, the order of its values and how each is converted. What listens to the engine's
cursor hears of every statement that runs here, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]

_NAMED = re.compile(r"%\((\w+)\)s")


class Statement:
    """A Core statement whose values are given by the names of its bind parameters.

    No list of values may be bound: the text would differ with its length.
    """

    def __init__(self, tree: sa.Executable) -> None:
        self._tree = tree
        self._forms: dict[str, _Form] = {}

    def run(self, connection: sa.Connection, given: Mapping[str, Any]) -> None:
        """Run it; what it may return is not read."""
        form = self._form_for(connection.dialect)
        execute(connection, form.text, form.values_of(given))

    def first(self, connection: sa.Connection, given: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run it; the first row that it returns, if there is one."""
        form = self._form_for(connection.dialect)
        cursor = execute(connection, form.text, form.values_of(given))
        row = cursor.fetchone()
        cursor.close()  # a row that is not read keeps SQLite from committing
        return None if row is None else form.row_of(row)

    def _form_for(self, dialect: sa.Dialect) -> _Form:
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _form(self._tree, dialect)
        return form


def execute(connection: sa.Connection, text: str, values: Sequence[Any]) -> Any:
    """Run what is already in the driver's words; its cursor.

    What the database refuses is the SQLAlchemy error that it is elsewhere.
    """
    heard: Any = connection.engine.dispatch
    cursor: Any = connection.connection.cursor()
    if heard.before_cursor_execute:
        for tell in heard.before_cursor_execute:
            text, values = tell(connection, cursor, text, values, None, False)
    try:
        cursor.execute(text, values)
    except cast(Any, connection.dialect).loaded_dbapi.Error as error:
        cursor.close()
        raise refused(connection, text, error) from error
    if heard.after_cursor_execute:
        for tell in heard.after_cursor_execute:
            tell(connection, cursor, text, values, None, False)
    return cursor


def refused(connection: sa.Connection, text: str, error: Exception) -> DBAPIError:
    """The driver's error as SQLAlchemy would have it, without the values: they may be private."""
    base = cast(Any, connection.dialect).loaded_dbapi.Error
    return cast(
        DBAPIError,
        DBAPIError.instance(text, None, error, base, dialect=connection.dialect),
    )


class _Form(NamedTuple):
    """A statement in the words of one database: `asked` are the places of what a call gives."""

    text: str
    values: Sequence[Any]
    asked: Sequence[tuple[int, str, Convert | None]]
    found: Sequence[tuple[int, Convert]]

    def values_of(self, given: Mapping[str, Any]) -> Sequence[Any]:
        """The values in the order of the text, as the driver takes them."""
        values = list(self.values)
        for n, name, convert in self.asked:
            values[n] = given[name] if convert is None else convert(given[name])
        return values

    def row_of(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """A row as the statement's columns have it."""
        made = list(row)
        for n, convert in self.found:
            made[n] = convert(made[n])
        return tuple(made)


def _form(tree: sa.Executable, dialect: sa.Dialect) -> _Form:
    compiled = cast(SQLCompiler, cast(Any, tree).compile(dialect=dialect))
    named = str(compiled)
    names = compiled.positiontup or _NAMED.findall(named)
    binds = [compiled.binds[name] for name in names]
    ways = [bind.type.dialect_impl(dialect).bind_processor(dialect) for bind in binds]
    made = [
        column.type.dialect_impl(dialect).result_processor(dialect, None)
        for column in _columns(tree)
    ]
    return _Form(
        text=_NAMED.sub("%s", named),
        values=[
            None if bind.required else _converted(bind.effective_value, way)
            for bind, way in zip(binds, ways, strict=True)
        ],
        asked=[
            (n, name, way)
            for n, (name, bind, way) in enumerate(zip(names, binds, ways, strict=True))
            if bind.required
        ],
        found=[(n, convert) for n, convert in enumerate(made) if convert is not None],
    )


def _converted(value: Any, way: Convert | None) -> Any:
    return value if way is None else way(value)


def _columns(tree: sa.Executable) -> list[sa.ColumnElement[Any]]:
    """What it returns: the columns of a SELECT or of RETURNING."""
    return list(cast(Any, tree).exported_columns)
