"""The way from an empty database to today's tables, and the guards that no model can state."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

import flask_migrate
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from config.db import db

FOLDER = Path(__file__).resolve().parent

_migrate = flask_migrate.Migrate(directory=str(FOLDER))


def init_migrations(app: Flask) -> None:
    """Let Flask-Migrate find this folder; every table must have been imported by now."""
    # It tells of every look at the revision, and nothing a person at a prompt asked for.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    _migrate.init_app(app, db, render_as_batch=True, compare_type=True)


def upgrade() -> None:
    """Bring the database of the current application to the newest revision."""
    flask_migrate.upgrade(directory=str(FOLDER))


def revision_here() -> str | None:
    """The revision of the current application's database; None where it has no tables yet."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def revision_wanted() -> str | None:
    """The newest revision that this version of Taper knows; read from the files once."""
    return ScriptDirectory(str(FOLDER)).get_current_head()
