"""Rows that go in by the hundred come back as they were, by whichever way they went."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError, StatementError

from config import bulk
from config.base import UtcDateTime
from config.db import db, transaction

NOON = datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=UTC)
ODD_TEXTS = (
    "",
    "\\N",
    "a\tb",
    "a\nb\rc",
    "back\\slash\\",
    "'; --",
    "Žofie 🧘",
    "%s %(x)s",
    "?",
    None,
)
# One row, a handful, enough for COPY, and more than share a statement on SQLite.
COUNTS = (1, 7, bulk.COPY_FROM, bulk.VALUES_TOGETHER["sqlite"] // 6 * 2 + 5)


@pytest.fixture(params=[False, True], ids=["with a text for all", "with a yes or no"])
def table(request: pytest.FixtureRequest, ground: Flask) -> sa.Table:
    """A table of every kind of column; a boolean keeps PostgreSQL from taking it by COPY."""
    more = [sa.Column("sure", sa.Boolean, nullable=False)] if request.param else []
    made = sa.Table(
        "odd",
        sa.MetaData(),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("other", sa.Uuid),
        sa.Column("text", sa.String(40)),
        sa.Column("cents", sa.BigInteger),
        sa.Column("on", sa.Date),
        sa.Column("at", UtcDateTime),
        *more,
    )
    with db.engine.begin() as connection:
        made.create(connection)
    return made


def row(n: int, table: sa.Table) -> dict[str, Any]:
    """The n-th row; every third value is missing, and many are the same."""
    missing = n % 3 == 2
    made = {
        "id": UUID(int=n),
        "other": None if missing else UUID(int=2**127 + n % 2),
        "text": ODD_TEXTS[n % len(ODD_TEXTS)],
        "cents": None if missing else -n,
        "on": None if missing else date(2026, 1, 1) + timedelta(days=n),
        "at": None if missing else NOON,
    }
    return made | ({"sure": n % 2 == 0} if "sure" in table.c else {})


def stored(table: sa.Table) -> list[dict[str, Any]]:
    with db.engine.connect() as connection:
        found = connection.execute(sa.select(table).order_by(table.c.id))
        return [dict(one._mapping) for one in found]


@pytest.mark.parametrize("count", COUNTS)
def test_every_value_comes_back_as_it_went(table: sa.Table, count: int) -> None:
    rows = [row(n, table) for n in range(count)]
    with transaction():
        bulk.insert(db.session.connection(), table, rows)
    assert stored(table) == rows


def test_hundreds_take_few_statements(table: sa.Table) -> None:
    sent: list[str] = []

    def remember(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    rows = [row(n, table) for n in range(300)]
    with transaction():
        connection = db.session.connection()
        sa.event.listen(db.engine, "before_cursor_execute", remember)
        bulk.insert(connection, table, rows)
        sa.event.remove(db.engine, "before_cursor_execute", remember)
    if db.engine.dialect.name == "sqlite":
        assert len(sent) <= 3
    else:
        assert len(sent) == (0 if "sure" not in table.c else 43)


def test_an_instant_elsewhere_is_kept_as_the_instant_it_is(table: sa.Table) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=-8)))
    rows = [row(n, table) | {"at": there} for n in range(bulk.COPY_FROM)]
    with transaction():
        bulk.insert(db.session.connection(), table, rows)
    assert {one["at"] for one in stored(table)} == {NOON}


@pytest.mark.parametrize("count", COUNTS)
def test_a_naive_instant_is_refused(table: sa.Table, count: int) -> None:
    rows = [row(n, table) for n in range(count)]
    rows[0]["at"] = NOON.replace(tzinfo=None)
    with pytest.raises((ValueError, StatementError)), transaction():
        bulk.insert(db.session.connection(), table, rows)
    assert stored(table) == []


@pytest.mark.parametrize("count", COUNTS[1:])
def test_one_row_too_many_and_none_is_there(table: sa.Table, count: int) -> None:
    rows = [row(n, table) for n in range(count)]
    rows[-1]["id"] = rows[0]["id"]
    with pytest.raises(IntegrityError), transaction():
        bulk.insert(db.session.connection(), table, rows)
    assert stored(table) == []


def test_columns_of_unlike_length_are_refused(table: sa.Table) -> None:
    rows = [row(n, table) for n in range(3)]
    columns = {name: [one[name] for one in rows] for name in rows[0]}
    columns["id"] = columns["id"][:2]
    with pytest.raises(ValueError, match="zip"), transaction():
        bulk.insert_columns(db.session.connection(), table, columns)
