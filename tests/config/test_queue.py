"""Deferred jobs: after the commit, once per lock, the same in one process and over PostgreSQL."""

import threading
from contextlib import suppress
from datetime import date
from uuid import UUID

import pytest
from flask import current_app

from config.db import db, in_transaction, transaction
from config.queue import InProcessQueue, ProcrastinateQueue

PLACE = UUID("01912345-6789-7abc-8def-0123456789ab")


class Work:
    """A job that notes what it was given and where it ran."""

    def __init__(self):
        self.seen = []

    def __call__(self, **ids):
        self.seen.append(ids)
        assert current_app.name
        assert not in_transaction()


@pytest.fixture
def queue(app):
    """A queue of the kind that fits the database, its jobs run by `settle`."""
    if db.engine.dialect.name == "postgresql":
        return ProcrastinateQueue(app, app.config["SQLALCHEMY_DATABASE_URI"])
    return InProcessQueue(app, threads=1)


@pytest.fixture
def settle(queue):
    return queue.work_off if isinstance(queue, ProcrastinateQueue) else queue.drain


def test_a_job_gets_its_ids_as_texts(queue, settle):
    work = Work()
    queue.register("bill", work)
    queue.defer("bill", location_id=PLACE, on=date(2026, 3, 1), batch=3)
    settle()
    assert work.seen == [{"location_id": str(PLACE), "on": "2026-03-01", "batch": "3"}]


def test_a_job_exists_only_if_its_transaction_commits(queue, settle):
    work = Work()
    queue.register("bill", work)
    with suppress(ZeroDivisionError), transaction():
        queue.defer("bill", n=1)
        1 / 0  # noqa: B018
    settle()
    assert work.seen == []
    with transaction():
        queue.defer("bill", n=2)
    settle()
    assert work.seen == [{"n": "2"}]


def test_a_job_that_waits_already_is_not_asked_for_twice(queue, settle):
    work, hold, held = Work(), threading.Event(), threading.Event()

    def occupies_the_only_thread():
        held.set()
        hold.wait(10)

    queue.register("bill", work)
    queue.register("first", occupies_the_only_thread)
    if isinstance(queue, InProcessQueue):
        queue.defer("first")
        assert held.wait(10)
    with transaction():
        queue.defer("bill", lock="bill:tacoma", n=1)
        queue.defer("bill", lock="bill:tacoma", n=2)
        queue.defer("bill", lock="bill:seattle", n=3)
    queue.defer("bill", lock="bill:tacoma", n=4)
    hold.set()
    settle()
    assert [ids["n"] for ids in work.seen] == ["1", "3"]
    queue.defer("bill", lock="bill:tacoma", n=5)
    settle()
    assert work.seen[-1] == {"n": "5"}


def test_a_job_that_fails_harms_neither_its_caller_nor_the_next(queue, settle):
    work = Work()

    def stumbles():
        raise ValueError("not today")

    queue.register("stumbles", stumbles)
    queue.register("bill", work)
    queue.defer("stumbles")
    queue.defer("bill")
    settle()
    assert work.seen == [{}]


def test_a_job_may_ask_for_another(queue, settle):
    work = Work()
    queue.register("second", work)
    queue.register("first", lambda: queue.defer("second", n=1))
    queue.defer("first")
    settle()
    assert work.seen == [{"n": "1"}]


def test_unknown_names_twins_and_whole_objects_are_refused(queue):
    queue.register("bill", Work())
    with pytest.raises(ValueError, match="registered twice"):
        queue.register("bill", Work())
    with pytest.raises(KeyError):
        queue.defer("bil")
    for thing in ({"a": 1}, 1.5, None, True):
        with pytest.raises(TypeError):
            queue.defer("bill", thing=thing)


def test_without_threads_a_job_runs_before_the_caller_goes_on(app):
    queue, work = InProcessQueue(app), Work()
    queue.register("bill", work)
    with transaction():
        queue.defer("bill")
        assert work.seen == []
    assert work.seen == [{}]


def test_a_closed_queue_leaves_work_to_the_sweep(app):
    queue, work = InProcessQueue(app, threads=1), Work()
    queue.register("bill", work)
    queue.close()
    queue.defer("bill")
    queue.drain()
    assert work.seen == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_taken_lock_leaves_the_callers_own_work_intact(app):
    queue = ProcrastinateQueue(app, app.config["SQLALCHEMY_DATABASE_URI"])
    queue.register("bill", Work())
    queue.defer("bill", lock="x")
    with transaction():
        db.session.execute(db.text("CREATE TABLE scratch (n int)"))
        queue.defer("bill", lock="x")
        db.session.execute(db.text("INSERT INTO scratch VALUES (1)"))
    assert db.session.scalar(db.text("SELECT count(*) FROM scratch")) == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_job_whose_worker_was_killed_is_cleared_away(app):
    queue, work = ProcrastinateQueue(app, app.config["SQLALCHEMY_DATABASE_URI"]), Work()
    queue.register("bill", work)
    queue.defer("bill", lock="x", n=1)
    with transaction():  # what a worker leaves behind that was killed two minutes ago
        worker = db.session.scalar(
            db.text(
                "INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - interval '2 minutes') RETURNING id"
            )
        )
        db.session.execute(
            db.text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = :w"), {"w": worker}
        )
    queue.defer("bill", lock="x", n=2)
    queue.work_off()
    assert work.seen == [{"n": "2"}]
    assert db.session.scalar(db.text("SELECT count(*) FROM procrastinate_jobs")) == 0
