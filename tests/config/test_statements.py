"""A statement that is kept in the driver's words says the same as the tree that it came from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from config.base import UtcDateTime
from config.db import carry_out, core, db, first_row, transaction
from config.statements import Statement

NOON = datetime(2027, 1, 4, 12, 0, 0, 5, tzinfo=UTC)
ODD = sa.Table(
    "odd",
    sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("text", sa.String(40)),
    sa.Column("on", sa.Date),
    sa.Column("at", UtcDateTime),
)
PUT = Statement(
    sa.insert(ODD).values(
        id=sa.bindparam("key"), text=sa.bindparam("said"), on=sa.bindparam("day"), at=NOON
    )
)
SET = Statement(
    sa.update(ODD)
    .where(ODD.c.id == sa.bindparam("key"))
    .values(text=sa.bindparam("said"), on=None)
    .returning(ODD.c.text, ODD.c.id)
)
READ = Statement(
    sa.select(ODD.c.id, ODD.c.text, ODD.c.on, ODD.c.at, ODD.c.id)
    .where(ODD.c.id == sa.bindparam("key"), ODD.c.text != "%s ? %(key)s")
    .limit(1)
)


@pytest.fixture(autouse=True)
def _table(ground: Flask) -> None:
    with db.engine.begin() as connection:
        ODD.create(connection)


def put_twice() -> None:
    for said in ("one", "her secret"):
        carry_out(PUT, key=UUID(int=7), said=said, day=None)


def test_values_of_every_kind_come_back_as_they_went() -> None:
    with transaction():
        carry_out(PUT, key=UUID(int=7), said="100 % sure?", day=date(2027, 1, 4))
        found = first_row(READ, key=UUID(int=7))
    assert found == (UUID(int=7), "100 % sure?", date(2027, 1, 4), NOON, UUID(int=7))


def test_nothing_found_is_none() -> None:
    with transaction():
        assert first_row(READ, key=UUID(int=8)) is None


def test_what_a_change_returns_is_read_and_the_change_is_kept() -> None:
    with transaction():
        carry_out(PUT, key=UUID(int=7), said="before", day=None)
    with transaction():
        assert first_row(SET, key=UUID(int=7), said="after") == ("after", UUID(int=7))
    with transaction():
        assert core(sa.select(ODD.c.text, ODD.c.on)).one() == ("after", None)


def test_a_second_row_of_the_same_key_is_refused_and_neither_is_there() -> None:
    with pytest.raises(IntegrityError), transaction():
        put_twice()
    with transaction():
        assert core(sa.select(sa.func.count()).select_from(ODD)).scalar_one() == 0


def test_an_error_does_not_tell_the_values() -> None:
    with pytest.raises(IntegrityError) as refused, transaction():
        put_twice()
    assert "her secret" not in str(refused.value)


def test_who_listens_to_the_cursor_hears_before_and_after() -> None:
    heard: list[tuple[str, str]] = []

    def listen(when: str) -> Any:
        def told(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            heard.append((when, statement.split()[0]))

        return told

    before, after = listen("before"), listen("after")
    event.listen(db.engine, "before_cursor_execute", before)
    event.listen(db.engine, "after_cursor_execute", after)
    with transaction():
        carry_out(PUT, key=UUID(int=7), said="one", day=None)
        first_row(READ, key=UUID(int=7))
    event.remove(db.engine, "before_cursor_execute", before)
    event.remove(db.engine, "after_cursor_execute", after)
    kept = [one for one in heard if one[1] != "BEGIN"]
    assert kept == [(w, s) for s in ("INSERT", "SELECT") for w in ("before", "after")]


def test_a_value_that_is_not_given_is_a_mistake_in_the_caller() -> None:
    with pytest.raises(KeyError), transaction():
        carry_out(PUT, key=UUID(int=7), said="one")
