"""History is added to, never rewritten: the database itself refuses, on both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from config.base import Base, UtcDateTime
from config.db import db
from config.ids import new_id
from config.migrations import guards

NOON = datetime(2027, 1, 4, 20, 0, tzinfo=UTC)
STATES = {"consent": "given", "invoice": "open", "payment_intent": "live"}
# Values that the tables' own checks ask for; everything else may be anything.
FITTING: dict[str, dict[str, Any]] = {
    "invoice": {"reason": "renewal", "number_seq": 7, "total_cents": 2},
    "consent": {"kind": "plan"},
    "credit_entry": {"kind": "grant"},
    "signed_document": {"kind": "waiver"},
    "mrr_move": {"kind": "new"},
    "gift_card_entry": {"kind": "sold"},
    "account_credit_entry": {"kind": "granted"},
    "till_move": {"kind": "deposit"},
}


@pytest.fixture
def connection(app: Flask) -> Iterator[sa.Connection]:
    with db.engine.connect() as connection:
        yield connection


def planted(connection: sa.Connection, table: str, **values: Any) -> dict[str, Any]:
    """A row of a table, alone in the world: its neighbours need not exist for this."""
    columns = Base.metadata.tables[table].columns
    row = {c.name: _anything(c) for c in columns if not c.nullable or c.primary_key}
    row |= {"state": STATES.get(table, "")} if "state" in columns else {}
    row |= FITTING.get(table, {}) | values
    alone, together = {
        "sqlite": ("PRAGMA foreign_keys=OFF", "PRAGMA foreign_keys=ON"),
        "postgresql": (
            "SET session_replication_role = replica",
            "SET session_replication_role = origin",
        ),
    }[connection.dialect.name]
    connection.exec_driver_sql(alone)
    connection.commit()
    connection.execute(sa.insert(Base.metadata.tables[table]), row)
    connection.commit()
    connection.exec_driver_sql(together)
    connection.commit()
    return row


def _anything(column: sa.Column[Any]) -> Any:
    kinds: dict[type, Any] = {
        UUID: new_id(),
        datetime: NOON,
        date: NOON.date(),
        int: 1,
        str: "x",
        dict: {},
        object: {},
        bool: True,
    }
    return kinds[kind_of(column)]


def kind_of(column: sa.Column[Any]) -> type:
    """The Python type a column holds; our own instants do not say it themselves."""
    return datetime if isinstance(column.type, UtcDateTime) else column.type.python_type


def change(connection: sa.Connection, table: str, **values: Any) -> int:
    """Overwrite columns of every row; tells how many rows took it."""
    done = connection.execute(sa.update(Base.metadata.tables[table]).values(**values))
    connection.commit()
    return done.rowcount


def refuses(connection: sa.Connection, table: str, sentence: str, **values: Any) -> None:
    with pytest.raises(DBAPIError, match=sentence):
        change(connection, table, **values)
    connection.rollback()


def test_history_can_neither_be_changed_nor_deleted(connection: sa.Connection) -> None:
    for table in guards.APPEND_ONLY:
        planted(connection, table)
        some = next(c for c in Base.metadata.tables[table].columns if not c.foreign_keys)
        refuses(connection, table, f"{table} is append-only", **{some.name: _anything(some)})
        with pytest.raises(DBAPIError, match=f"{table} is append-only"):
            connection.execute(sa.delete(Base.metadata.tables[table]))
        connection.rollback()


def test_history_can_not_be_emptied_at_once(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")
    for table in guards.APPEND_ONLY:
        with pytest.raises(DBAPIError, match="append-only"):
            connection.exec_driver_sql(f"TRUNCATE {table} CASCADE")
        connection.rollback()


def test_consent_keeps_what_was_agreed_to(connection: sa.Connection) -> None:
    planted(connection, "consent", by_account_id=new_id())
    for column in guards.CONSENT_WORDS:
        kind = kind_of(Base.metadata.tables["consent"].columns[column])
        other = {UUID: new_id(), int: 2, str: "y", datetime: NOON.replace(year=2028)}[kind]
        refuses(connection, "consent", "keeps the words", **{column: other})


def test_consent_may_end(connection: sa.Connection) -> None:
    planted(connection, "consent")
    assert change(connection, "consent", state="withdrawn", ended_at=NOON) == 1


def test_finalised_invoice_never_changes(connection: sa.Connection) -> None:
    planted(connection, "invoice")
    changes: tuple[dict[str, Any], ...] = (
        {"net_cents": 2, "total_cents": 3},
        {"tax_cents": 0, "total_cents": 1},
        {"number_seq": 8},
        {"number": "SEA-2027-0008"},
        {"issued_on": date(2027, 2, 1)},
        {"currency": "CAD"},
        {"state": "draft", "number_seq": None},
    )
    for values in changes:
        refuses(connection, "invoice", "finalised invoice never changes", **values)


def test_finalised_invoice_is_never_deleted(connection: sa.Connection) -> None:
    planted(connection, "invoice")
    with pytest.raises(DBAPIError, match="finalised invoice never changes"):
        connection.execute(sa.delete(Base.metadata.tables["invoice"]))


def test_finalised_invoice_is_paid_and_credited(connection: sa.Connection) -> None:
    planted(connection, "invoice", paid_cents=0, credited_cents=0, refunds_owed_cents=0)
    assert change(connection, "invoice", state="paid", paid_cents=2, closed_on=NOON.date()) == 1


def test_draft_may_still_change_and_go(connection: sa.Connection) -> None:
    planted(connection, "invoice", state="draft", number_seq=None)
    assert change(connection, "invoice", net_cents=4, total_cents=5) == 1
    assert connection.execute(sa.delete(Base.metadata.tables["invoice"])).rowcount == 1


def test_lines_follow_their_invoice(connection: sa.Connection) -> None:
    invoice = planted(connection, "invoice", state="draft", number_seq=None)
    planted(connection, "invoice_line", invoice_id=invoice["id"])
    assert change(connection, "invoice_line", net_cents=5) == 1
    assert change(connection, "invoice", state="open", number_seq=1) == 1
    refuses(connection, "invoice_line", "lines of a finalised", net_cents=6)
    with pytest.raises(DBAPIError, match="lines of a finalised"):
        connection.execute(sa.delete(Base.metadata.tables["invoice_line"]))


@pytest.mark.parametrize("column", ["stripe_id", "session_id"])
def test_name_at_stripe_is_written_once(connection: sa.Connection, column: str) -> None:
    planted(connection, "payment_intent", state="live")
    assert change(connection, "payment_intent", **{column: "first"}) == 1
    assert change(connection, "payment_intent", **{column: "first"}) == 1
    refuses(connection, "payment_intent", "written once", **{column: "second"})
    refuses(connection, "payment_intent", "written once", **{column: None})
