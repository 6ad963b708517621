"""Runs migrations on the current application's own engine."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app

from config.base import Json, UtcDateTime
from config.db import db


def include_object(
    _item: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any
) -> bool:
    """The task queue brings its own tables, which are no models of ours."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write plain SQLAlchemy types, so that a revision never changes with our classes."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and item is Json:
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run() -> None:
    """Upgrade or downgrade in one transaction."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_object=include_object,
            render_item=render_item,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
