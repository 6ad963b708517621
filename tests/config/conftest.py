"""A small application on the ground floor alone, on SQLite and on a real PostgreSQL."""

from datetime import UTC, datetime
from pathlib import Path

import jinja2
import pytest
from flask import Flask

from config import engines
from config.clock import ManualLeaseClock, SimulatedClock, init_clock
from config.db import db, init_db
from config.mail import init_mail
from config.models import AuditEntry, AuditSeal, JobState, OutboxMessage
from tests.support import databases

NOON = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)


def build(url: str, folder: Path) -> Flask:
    """The ground's own application around a database; its mail goes to files in `folder`."""
    settings = databases.settings_for(url, folder)
    app = Flask("ground", root_path=str(folder))
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engines.options(settings.database_url),
        TESTING=True,
    )
    app.jinja_loader = jinja2.DictLoader(
        {
            "mail/hello.txt": "Subject: Hello {{ name }}\n\nSee {{ base_url }}, {{ name }}.",
            "mail/hello.html": "<style>p{color:red}</style><p>{{ name }}</p>",
            "mail/bare.txt": "no subject here",
            "mail/plain.txt": "Subject: Plain\n\nText only.",
        }
    )
    init_db(app)
    init_clock(app, SimulatedClock(NOON), ManualLeaseClock())
    init_mail(app, settings)
    return app


def make_tables() -> None:
    """The ground's tables without the guards of the migrated database, so tests may tamper."""
    tables = [model.__table__ for model in (AuditEntry, AuditSeal, OutboxMessage, JobState)]
    db.metadata.create_all(db.engine, tables=tables)


@pytest.fixture(params=["sqlite", "postgresql"])
def ground(request, tmp_path):
    """The ground's application with its tables, inside an app context."""
    with databases.bare(request.param, tmp_path) as url:
        app = build(url, tmp_path)
        with app.app_context():
            make_tables()
            yield app
            db.session.remove()
            db.engine.dispose()
