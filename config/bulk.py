"""Hundreds of rows at once, by the way in which each database takes them quickest.

SQLAlchemy converts the values of an executemany row by row, and a database begins a statement
anew for every row, which together took half of a billing run's time. Here the values of a column
are converted together, each different one but once, and many rows share a statement: PostgreSQL
is sent one block of text to COPY, SQLite an INSERT of many rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

from config.bulk_values import Conversion, Values, converted, processor, to_driver, to_text
from config.statements import execute, refused

# A shorter batch is not worth the extra turn to the server that COPY takes.
COPY_FROM = 20
# More values in a statement gain nothing on SQLite: by then a row's own cost is all that is left.
# Psycopg reads a statement of fifty or more anew each time, which costs more than it saves.
VALUES_TOGETHER = {"sqlite": 1_000, "postgresql": 49}

Row = TypeVar("Row", bound=tuple[Any, ...])


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
        _copy(connection, way.copy, converted(columns, way.texts))
    else:
        _insert(connection, way, converted(columns, way.values), count)


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
    texts = [(name, to_text(table.c[name].type, dialect)) for name in order]
    known = [(name, to_text) for name, to_text in texts if to_text is not None]
    tail = _where_there(table, dialect, adding, once_by)
    copied = dialect.name == "postgresql" and len(known) == len(texts) and not tail
    return _Way(
        head=f"{head} VALUES ",
        row=row,
        tail=tail,
        single=f"{head} VALUES {row}{tail}",
        copy=_copy_into(table, dialect, order) if copied else "",
        ones=tuple((name, processor(table.c[name].type, dialect)) for name in order),
        values=tuple((name, to_driver(table.c[name].type, dialect)) for name in order),
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


def _one_row(
    columns: Mapping[str, Values],
    ways: Sequence[tuple[str, Callable[[Any], Any] | None]],
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
