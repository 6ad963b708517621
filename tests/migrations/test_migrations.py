"""The migrated database is the one the models describe, and it guards its own history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from config import migrations
from config.db import db
from config.migrations import guards


@pytest.fixture
def connection(app: Flask) -> Iterator[sa.Connection]:
    with db.engine.connect() as connection:
        yield connection


def test_migrated_tables_are_the_models(connection: sa.Connection) -> None:
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "include_object": lambda _item, name, kind, _reflected, _to: (
                not (kind == "table" and name.startswith("procrastinate_"))
            ),
        },
    )
    assert compare_metadata(context, db.metadata) == []


def test_fresh_database_is_at_the_newest_revision(app: Flask) -> None:
    assert migrations.revision_here() == migrations.revision_wanted() is not None


def test_every_guard_is_installed(connection: sa.Connection) -> None:
    assert {guard.name for guard in guards.guards()} <= guards.installed(connection)
