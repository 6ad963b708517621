"""Both sizes of an installation start, do their work, and end when asked."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from config import clock, outbox
from config.db import db, transaction
from config.models import JobState, OutboxMessage
from tests.support.processes import (
    ended,
    environment,
    eventually,
    free_port,
    running,
    status_of,
)
from tests.support.studio import Studio

pytestmark = pytest.mark.long

WITHIN_S = 90.0  # generous: a loaded machine starts a process slowly
KEYS = [f"hello:{n}" for n in range(5)]


def finished_jobs() -> set[str]:
    """Jobs that have run to their end without an error."""
    db.session.rollback()
    done = JobState.finished_at.is_not(None) & JobState.error.is_(None)
    return set(db.session.scalars(sa.select(JobState.name).where(done)))


def states_of_mail() -> list[str]:
    """States of the waiting letters, sorted."""
    db.session.rollback()
    return sorted(db.session.scalars(sa.select(OutboxMessage.state)))


def write_letters() -> None:
    """Letters that wait to leave, in the machine's own time."""
    with transaction():
        for key in KEYS:
            outbox.put(
                dedupe_key=key,
                to="ana@studio.example",
                template="sign_in",
                context={"subject": "Hello", "body": "A letter."},
                now=clock.SystemClock().now() - timedelta(minutes=1),
            )


def letters_that_left(folder: Path) -> list[str]:
    """Message ids found in the mail folder: one a letter."""
    texts = [file.read_text() for file in folder.rglob("*") if file.is_file()]
    lines = [line for text in texts for line in text.splitlines()]
    return sorted(line for line in lines if line.lower().startswith("message-id:"))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_one_process_serves_the_site_and_keeps_the_timetable(
    app: Flask, studio: Studio, database: str, tmp_path: Path
) -> None:
    write_letters()
    port, log = free_port(), tmp_path / "log"
    environ = environment(database, tmp_path / "var")
    with running("serve", "--port", str(port), environ=environ, log=log) as process:
        assert eventually(lambda: status_of(port, "/login"), within_s=WITHIN_S, log=log) == 200
        wanted = {"collect", "janitor", "letters", "mail", "day:sea", "day:boi"}
        eventually(lambda: wanted <= finished_jobs(), within_s=WITHIN_S, log=log)
        assert states_of_mail() == ["sent"] * len(KEYS)
        assert ended(process) == 0
    assert len(letters_that_left(tmp_path / "var" / "mail")) == len(KEYS)
    assert status_of(port, "/login") is None


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_many_processes_share_the_work_and_two_clocks_do_no_harm(
    app: Flask, studio: Studio, database: str, tmp_path: Path
) -> None:
    write_letters()
    port, log = free_port(), tmp_path / "log"
    environ = environment(database, tmp_path / "var", TAPER_MODE="grown")
    parts = [("serve", "--port", str(port)), ("clock",), ("clock",), ("worker",), ("worker",)]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(running(*words, environ=environ, log=log)) for words in parts
        ]
        assert eventually(lambda: status_of(port, "/login"), within_s=WITHIN_S, log=log) == 200
        wanted = {"collect", "janitor", "letters", "mail", "day:sea", "day:boi"}
        eventually(lambda: wanted <= finished_jobs(), within_s=WITHIN_S, log=log)
        eventually(lambda: set(states_of_mail()) == {"sent"}, within_s=WITHIN_S, log=log)
        codes = [ended(process) for process in processes]
    assert set(codes) == {0}, log.read_text()
    left = letters_that_left(tmp_path / "var" / "mail")
    assert len(left) == len(set(left)) == len(KEYS)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_processes_refuse_tables_that_are_older(app: Flask, database: str, tmp_path: Path) -> None:
    with transaction():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    log = tmp_path / "log"
    environ = environment(database, tmp_path / "var", TAPER_MODE="grown")
    with running("worker", environ=environ, log=log) as process:
        assert process.wait(WITHIN_S) == 3
    with transaction():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    assert "taper db upgrade" in log.read_text()
