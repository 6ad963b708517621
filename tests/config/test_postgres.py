"""PostgreSQL alone: a connection that the server closed while it lay idle is not handed out."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from config import postgres
from config.db import core, db, transaction

CLOSE_OTHERS = sa.text(
    "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def _ask() -> int:
    with transaction():
        return core(sa.select(sa.literal(1))).scalar_one()


def _close_behind_our_back() -> None:
    assert _ask() == 1
    other = sa.create_engine(db.engine.url)
    with other.begin() as connection:
        connection.execute(CLOSE_OTHERS)
    other.dispose()


@pytest.fixture(autouse=True)
def _on_postgresql(ground: Flask) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server that closes connections")


def test_connection_that_lay_idle_is_asked_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ASK_AFTER_S", 0.0)
    _close_behind_our_back()
    assert _ask() == 1


def test_connection_in_use_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ASK_AFTER_S", 3600.0)
    _close_behind_our_back()
    with pytest.raises(OperationalError):
        _ask()
    assert _ask() == 1
