"""Hundreds of rows at once, by the way in which each database takes them quickest.

SQLAlchemy converts the values of an executemany row by row, and a database begins a statement
anew for every row, which together took half of a billing run's time. Here the values of a column
are converted together, each different one but once, and many rows share a statement: PostgreSQL
is sent one block of text to COPY, SQLite an INSERT of many rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import chain, repeat
from operator import is_
from typing import Any, NamedTuple, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

from config.statements import execute, refused

# A shorter batch is not worth the extra turn to the server that COPY takes.
COPY_FROM = 20
# More values in a statement gain nothing on SQLite: by then a row's own cost is all that is left.
# Psycopg reads a statement of fifty or more anew each time, which costs more than it saves.
VALUES_TOGETHER = {"sqlite": 1_000, "postgresql": 49}

Row = TypeVar("Row", bound=tuple[Any, ...])
Values = Sequence[Any]
Conversion = Callable[[Values], Values]

_NULL = r"\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


def insert(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    once_by: str = "",
) -> None:
    """Insert rows that all have the keys of the first one; there is one at least."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    insert_columns(connection, table, columns, once_by=once_by)


def insert_columns(
    connection: sa.Connection,
    table: sa.Table,
    columns: Mapping[str, Values],
    *,
    adding: tuple[str, ...] = (),
    once_by: str = "",
) -> None:
    """Insert rows given as columns of one length, which is one at least.

    Where a row's primary key is there already, the columns named in `adding` are added to it.
    A row whose unique column `once_by` is there already is left out.
    What the database refuses is the same SQLAlchemy error in whichever way it was sent.
    """
    way = _way(table, connection.dialect, tuple(columns), adding, once_by)
    count = len(next(iter(columns.values())))
    if count == 1:
        execute(connection, way.single, _one_row(columns, way.ones))
    elif way.copy and count >= COPY_FROM:
        _copy(connection, way.copy, _converted(columns, way.texts))
    else:
        _insert(connection, way, _converted(columns, way.values), count)


def transposed(rows: Sequence[Row]) -> Any:
    """Named tuples, of which there is one at least, as one such tuple of columns."""
    return type(rows[0])(*zip(*rows, strict=True))


class _Way(NamedTuple):
    """How rows of these columns go into a table; no `copy` where a type has no text for it."""

    head: str
    row: str
    tail: str
    single: str
    copy: str
    ones: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    values: tuple[tuple[str, Conversion | None], ...]
    texts: tuple[tuple[str, Conversion], ...]


@cache
def _way(
    table: sa.Table,
    dialect: sa.Dialect,
    names: tuple[str, ...],
    adding: tuple[str, ...],
    once_by: str,
) -> _Way:
    given = {name: sa.bindparam(name) for name in names}
    compiled = cast(SQLCompiler, sa.insert(table).values(given).compile(dialect=dialect))
    named = r"%\((\w+)\)s"
    order = compiled.positiontup or re.findall(named, str(compiled))
    head, _, row = re.sub(named, "%s", str(compiled)).partition(" VALUES ")
    texts = [(name, _text_of(table.c[name].type, dialect)) for name in order]
    known = [(name, to_text) for name, to_text in texts if to_text is not None]
    tail = _where_there(table, dialect, adding, once_by)
    copied = dialect.name == "postgresql" and len(known) == len(texts) and not tail
    return _Way(
        head=f"{head} VALUES ",
        row=row,
        tail=tail,
        single=f"{head} VALUES {row}{tail}",
        copy=_copy_into(table, dialect, order) if copied else "",
        ones=tuple((name, _processor(table.c[name].type, dialect)) for name in order),
        values=tuple((name, _value_of(table.c[name].type, dialect)) for name in order),
        texts=tuple(known),
    )


def _where_there(table: sa.Table, dialect: sa.Dialect, names: Sequence[str], once_by: str) -> str:
    """What becomes of a row that is there already."""
    quoted = dialect.identifier_preparer
    if once_by:
        return f" ON CONFLICT ({quoted.format_column(table.c[once_by])}) DO NOTHING"
    if not names:
        return ""
    into = quoted.format_table(table)
    keys = ", ".join(quoted.format_column(column) for column in table.primary_key)
    columns = [quoted.format_column(table.c[name]) for name in names]
    added = ", ".join(f"{name} = {into}.{name} + excluded.{name}" for name in columns)
    return f" ON CONFLICT ({keys}) DO UPDATE SET {added}"


def _copy_into(table: sa.Table, dialect: sa.Dialect, names: Sequence[str]) -> str:
    quoted = dialect.identifier_preparer
    into = ", ".join(quoted.format_column(table.c[name]) for name in names)
    return f"COPY {quoted.format_table(table)} ({into}) FROM STDIN"


def _converted(
    columns: Mapping[str, Values], ways: Sequence[tuple[str, Conversion | None]]
) -> list[Values]:
    return [_column(columns[name], convert) for name, convert in ways]


def _column(values: Values, convert: Conversion | None) -> Values:
    if convert is None:
        return values
    if all(map(is_, values, repeat(values[0]))):  # the batch's location, day, moment
        return list(convert(values[:1])) * len(values)
    return convert(values)


def _one_row(
    columns: Mapping[str, Values], ways: Sequence[tuple[str, Callable[[Any], Any] | None]]
) -> list[Any]:
    """The values of a single row, each column of which holds one: what batches save costs here."""
    made: list[Any] = []
    for name, convert in ways:
        (value,) = columns[name]
        made.append(value if convert is None else convert(value))
    return made


def _insert(connection: sa.Connection, way: _Way, columns: Sequence[Values], count: int) -> None:
    """As many rows to a statement as may be; its text stays the same, so that it is kept."""
    flat = tuple(chain.from_iterable(zip(*columns, strict=True)))
    together = max(1, VALUES_TOGETHER[connection.dialect.name] // len(columns))
    for first in range(0, count, together):
        rows = min(together, count - first)
        given = flat[first * len(columns) : (first + rows) * len(columns)]
        execute(connection, way.head + ", ".join([way.row] * rows) + way.tail, given)


def _copy(connection: sa.Connection, statement: str, columns: Sequence[Values]) -> None:
    dbapi_error = cast(Any, connection.dialect).loaded_dbapi.Error
    block = "\n".join(map("\t".join, zip(*columns, strict=True)))
    cursor = connection.connection.cursor()
    try:
        with cast(Any, cursor).copy(statement) as copy:
            copy.write(block + "\n")
    except dbapi_error as error:
        raise refused(connection, statement, error) from error
    finally:
        cursor.close()


def _value_of(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Conversion | None:
    """To what the driver takes, or None where it takes the values as they are."""
    one = _processor(kind, dialect)
    if one is None:
        return None
    if isinstance(kind, sa.Uuid):
        return _hexadecimal
    if isinstance(kind, sa.JSON):
        return lambda values: [one(value) for value in values]
    return lambda values: _each_once(values, one)


def _processor(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _text_of(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Conversion | None:
    """To the text that COPY reads, or None where that is not known here."""
    if isinstance(kind, sa.Uuid):
        return lambda values: _or_null(_hexadecimal(values))
    if isinstance(kind, sa.Integer):
        return lambda values: [_NULL if v is None else str(v) for v in values]
    if isinstance(kind, sa.String):
        return _texts
    plain = kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind
    if isinstance(plain, sa.Date | sa.DateTime):
        return _moments(kind.dialect_impl(dialect).bind_processor(dialect))
    return None


def _moments(check: Callable[[Any], Any] | None) -> Conversion:
    def text(value: date | None) -> str:
        if value is None:
            return _NULL
        return (value if check is None else check(value)).isoformat()

    return lambda values: _each_once(values, text)


def _each_once(values: Values, one: Callable[[Any], Any]) -> Values:
    return list(map({v: one(v) for v in set(values)}.__getitem__, values))


def _hexadecimal(values: Sequence[UUID | None]) -> list[str | None]:
    """As UUID.hex has it, in a third of its time."""
    return [None if v is None else v.int.to_bytes(16, "big").hex() for v in values]


def _texts(values: Sequence[str | None]) -> Values:
    if any(_SPECIAL.search(v) for v in set(values) if v is not None):
        return [_NULL if v is None else _SPECIAL.sub(_escape, v) for v in values]
    return _or_null(values)


def _escape(found: re.Match[str]) -> str:
    return _ESCAPED[found[0]]


def _or_null(values: Sequence[str | None]) -> Values:
    return [_NULL if v is None else v for v in values]
