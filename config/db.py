"""The database: one session, one way to write, on SQLite and on PostgreSQL.

`transaction()` is for edges. On SQLite it takes the write lock before anything else, because a
read that is later upgraded to a write fails at once when somebody else has written meanwhile
(163 of 200 redemptions did). A fair gate inside the process keeps a desk from waiting for a run.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask, current_app, has_request_context
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy.exc import DBAPIError

from config import bulk, engines, sqlite
from config.base import Base, may_change, table_of
from config.statements import Statement, execute

T = TypeVar("T")


class JoiningSession(Session):
    """Works on the connection of the transaction that an edge has opened, while one is open."""

    def get_bind(self, *args: Any, **more: Any) -> sa.Engine | sa.Connection:
        """That connection, or else what Flask-SQLAlchemy finds for a model."""
        return self.info.get("connection") or super().get_bind(*args, **more)


db = SQLAlchemy(
    model_class=Base, session_options={"expire_on_commit": False, "class_": JoiningSession}
)


def init_db(app: Flask) -> None:
    """Bind the session to the application's engine and give SQLite its manners."""
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    engines.teach(engine)
    app.extensions["taper.gate"] = sqlite.FairGate() if engine.dialect.name == "sqlite" else None


def dialect() -> str:
    """ "sqlite" or "postgresql"."""
    return db.engine.dialect.name


@contextmanager
def transaction() -> Iterator[None]:
    """One unit of work, opened by an edge: commits on success, rolls back on any error.

    Ends an open read first and forgets what it saw, so that all that may change is read anew.
    """
    session = db.session()
    if session.info.get("connection"):
        raise RuntimeError("a transaction is already open: only edges open them")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("unsaved changes were made outside a transaction")
    if session.in_transaction():
        session.commit()
    for seen in filter(may_change, session.identity_map.values()):
        session.expire(seen)
    gate = _gate()
    if gate is not None:
        (gate.acquire_for_person if has_request_context() else gate.acquire_for_work)()
    try:
        with db.engine.connect() as connection:
            session.info["connection"] = connection
            yield from _whole(session, connection)
    finally:
        session.info.pop("connection", None)
        if gate is not None:
            gate.release()
    for callback in session.info.pop("after_commit", ()):
        callback()


def _whole(session: Session, connection: sa.Connection) -> Iterator[None]:
    """All of it or nothing; what the session did on this connection is part of it."""
    whole = connection.begin()
    if connection.dialect.name == "sqlite":
        execute(connection, "BEGIN IMMEDIATE", ())
    try:
        yield
        session.flush()
        whole.commit()
        if session.in_transaction():
            session.commit()  # nothing is left to write: it learns that its part is over
    except BaseException:
        session.info.pop("after_commit", None)
        session.rollback()
        raise


def in_transaction() -> bool:
    """Whether an edge has opened a transaction on this session."""
    return bool(db.session().info.get("connection"))


def after_commit(callback: Callable[[], None]) -> None:
    """Run once the open transaction has committed (never, when it rolls back)."""
    if not in_transaction():
        callback()
        return
    db.session().info.setdefault("after_commit", []).append(callback)


def run_txn(work: Callable[[], T], *, tries: int = 6) -> T:
    """`work()` in a transaction, again when the database asks for it (40001, 40P01, BUSY).

    `work` does no I/O besides the database: it may run more than once.
    """
    for n in range(1, tries + 1):
        try:
            with transaction():
                return work()
        except DBAPIError as error:
            if n == tries or not engines.asks_again(error):
                raise
            time.sleep(random.uniform(0, 0.02 * 2**n))  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable")


@contextmanager
def snapshot() -> Iterator[None]:
    """Several reads that see one moment; writes inside are refused by PostgreSQL."""
    session = db.session()
    if session.info.get("connection"):
        yield  # inside a transaction the caller already holds a consistent view
        return
    session.commit()
    session.expire_all()
    if dialect() == "sqlite":
        session.connection().exec_driver_sql("BEGIN")
    else:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        session.execute(sa.text("SET TRANSACTION READ ONLY"))
    try:
        yield
    finally:
        session.rollback()


def core(statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
    """Run a statement on the session's connection, past the unit of work: for hot paths.

    Objects that the session holds are neither flushed before nor refreshed after.
    """
    return _connection().execute(statement, parameters)


def carry_out(statement: Statement, **given: Any) -> None:
    """Run a statement of a hot path on the session's connection, past the unit of work.

    What is wrong with it may only be raised by what follows in the transaction, or its commit.
    """
    statement.run(_connection(), given)


def first_row(statement: Statement, **given: Any) -> tuple[Any, ...] | None:
    """The same for a statement that returns rows: the first one, if there is one."""
    return statement.first(_connection(), given)


def insert_many(model: type[Base], rows: Sequence[Mapping[str, Any]], *, once_by: str = "") -> None:
    """Insert rows that all have the same keys, past the unit of work, in one go.

    A row whose unique column `once_by`, if one is named, is there already is left out.
    """
    if rows:
        bulk.insert(_connection(), table_of(model), rows, once_by=once_by)


def insert_columns(
    model: type[Base], columns: Mapping[str, Sequence[Any]], *, adding: tuple[str, ...] = ()
) -> None:
    """The same for rows that come as columns of one length: quicker for hundreds.

    Where a row's primary key is there already, the columns named in `adding` are added to it.
    """
    if any(columns.values()):
        bulk.insert_columns(_connection(), table_of(model), columns, adding=adding)


def _connection() -> sa.Connection:
    """The session's connection; asking the session for it is dearer than many a statement."""
    session = db.session()
    return session.info.get("connection") or session.connection()


def _gate() -> sqlite.FairGate | None:
    return current_app.extensions["taper.gate"]
