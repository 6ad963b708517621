"""How either database is opened, what manners it is taught, and when it asks us to try again."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from config import postgres, sqlite


def options(url: str) -> dict[str, Any]:
    """What Flask-SQLAlchemy should pass to create_engine for this address."""
    if url.startswith("sqlite"):
        connect = {
            "isolation_level": None,
            "timeout": 30,
            "check_same_thread": False,
            "factory": sqlite.BeginningConnection,
            "cached_statements": sqlite.STATEMENTS_KEPT,
        }
        return {"connect_args": connect, "pool_size": 96, "max_overflow": 32}
    return {"pool_size": 40, "max_overflow": 60}


def teach(engine: Engine) -> None:
    """Give the engine its database's manners."""
    (sqlite if engine.dialect.name == "sqlite" else postgres).teach(engine)


def asks_again(error: DBAPIError) -> bool:
    """Serialization failure, deadlock or a busy SQLite: safe to run the transaction again."""
    code = getattr(error.orig, "sqlstate", None)
    if code in {"40001", "40P01"}:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)
