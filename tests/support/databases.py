"""A fresh, migrated database for each test, copied from a template made once."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from flask import Flask

import billing.models  # noqa: F401 - every table must be known before anything is migrated
import membership.models  # noqa: F401
import tests.support.hurry  # noqa: F401 - once, for whatever uses a database in this process
from config import engines, migrations
from config.db import db, init_db
from config.secret import Secret
from config.settings import Settings
from config.settings_loading import load
from tests.support import postgres

START = datetime(2027, 1, 4, 17, 0, tzinfo=UTC)  # nine in the morning in Seattle, a Monday
WEBHOOK_SECRET = "whsec_only_for_tests"
SECRET_TEXTS = {
    name: f"only-for-tests-{name}-0123456789abcdef"
    for name in ("secret_key", "security_password_salt", "totp_secret")
}
_OWN_SECRETS = {name: Secret(text) for name, text in SECRET_TEXTS.items()}

# Copying a database writes some hundred files; emptying one that a test of this process has
# done with is fifty times faster.
_swept: list[str] = []


def settings_for(url: str, var_dir: Path, **more: object) -> Settings:
    """Settings as the tests use them, on this database; `more` overrides any."""
    given: dict[str, object] = {
        "database_url": url,
        "var_dir": var_dir,
        "testing": True,
        "log_level": "warning",
        "stripe_webhook_secrets": (Secret(WEBHOOK_SECRET),),
        "charge_threads": 2,
        "staff_second_factor": "offered",
        **_OWN_SECRETS,
    }
    return load({}, **(given | more))


@contextmanager
def fresh(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty, migrated database that is gone afterwards."""
    make = {"sqlite": _fresh_sqlite, "postgresql": _fresh_postgresql}[kind]
    with make(folder) as url:
        yield url


@contextmanager
def bare(kind: str, folder: Path) -> Iterator[str]:
    """The address of a database without a single table."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bare.sqlite3'}"
        return
    name = f"bare_{uuid4().hex}"
    postgres.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield _postgresql_url(name)
    finally:
        postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _fresh_sqlite(folder: Path) -> Iterator[str]:
    copy = folder / "taper.sqlite3"
    shutil.copyfile(_sqlite_template(), copy)
    yield f"sqlite:///{copy}"


@contextmanager
def _fresh_postgresql(_folder: Path) -> Iterator[str]:
    name = _swept.pop() if _swept else _copied()
    try:
        yield _postgresql_url(name)
    finally:
        if postgres.sweep(name):
            _swept.append(name)
        else:
            postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


def _copied() -> str:
    name = f"test_{uuid4().hex}"
    postgres.copy(_postgresql_template(), name)
    return name


def _sqlite_template() -> Path:
    folder = Path(os.environ[postgres.FOLDER_VARIABLE])
    template = folder / f"template-{_schema_mark()}.sqlite3"
    with postgres.lock("sqlite-template"):
        if not template.exists():
            draft = folder / f"draft-{uuid4().hex}.sqlite3"
            _migrate(f"sqlite:///{draft}")
            draft.rename(template)
    return template


def _postgresql_template() -> str:
    name = f"template_{_schema_mark()}"
    with postgres.lock("postgresql-template"):
        if not postgres.exists(name):
            draft = f"draft_{uuid4().hex}"
            postgres.run(f"CREATE DATABASE {draft} TEMPLATE template0 ENCODING 'UTF8'")
            _migrate(_postgresql_url(draft))
            postgres.run(f"ALTER DATABASE {draft} RENAME TO {name}")
    return name


def _postgresql_url(name: str) -> str:
    return postgres.address_of(name).replace("://", "+psycopg://", 1)


def _migrate(url: str) -> None:
    """Run the migrations themselves, in an application that has a database and nothing else."""
    app = Flask("migrations")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=engines.options(url))
    init_db(app)
    migrations.init_migrations(app)
    with app.app_context():
        migrations.upgrade()
        if db.engine.dialect.name == "sqlite":
            # The copy is a single file: nothing may be left in the write-ahead log.
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()


def _schema_mark() -> str:
    """Changes with the migrations, so that a template of older tables is never copied."""
    digest = hashlib.sha256()
    for file in sorted(migrations.FOLDER.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
