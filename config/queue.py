"""The only door to the task queue: the same jobs in one process, or shared by many workers.

A job is a name and ids. What is due stands in the domain's own tables, so a lost job is found
again by the next sweep and a doubled one does nothing. A job deferred inside a transaction exists
only if that transaction commits.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Protocol

import procrastinate
import sqlalchemy as sa
from flask import Flask, current_app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

from config.db import after_commit, db, in_transaction
from config.job_names import Job, Jobs, Plain


class Queue(Protocol):
    """Where work goes that the caller does not wait for."""

    def register(self, name: str, job: Job) -> None:
        """Name a function; it is called inside an app context with the ids as texts."""
        ...

    def defer(self, name: str, *, lock: str | None = None, **ids: Plain) -> None:
        """Ask for a job, once the open transaction (if any) has committed.

        While a job with the same `lock` waits to begin, another one is a quiet no-op.
        """
        ...


class InProcessQueue:
    """Runs jobs in this process: at once after the commit, or on threads of its own.

    Nothing survives the process; the sweeps of the timetable ask again.
    """

    def __init__(self, app: Flask, *, threads: int = 0) -> None:
        self._jobs = Jobs(app)
        self._pool = ThreadPoolExecutor(threads, "job") if threads else None
        self._pending: set[Future[None]] = set()
        self._waiting: set[str] = set()
        # A future that is done already calls back on the thread that holds the mutex.
        self._mutex = threading.RLock()
        self._closed = False

    def register(self, name: str, job: Job) -> None:
        """See Queue."""
        self._jobs.add(name, job)

    def defer(self, name: str, *, lock: str | None = None, **ids: Plain) -> None:
        """See Queue."""
        texts = self._jobs.check(name, ids)
        after_commit(lambda: self._enter(name, lock, texts))

    def drain(self) -> None:
        """Wait until every job asked for so far, and what these asked for, has ended."""
        while True:
            with self._mutex:
                pending = set(self._pending)
            if not pending:
                return
            wait(pending)

    def close(self) -> None:
        """Let running jobs end and take no more: what is asked for now is left to a sweep."""
        with self._mutex:
            self._closed = True
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _enter(self, name: str, lock: str | None, ids: dict[str, str]) -> None:
        with self._mutex:
            if self._closed or (lock is not None and lock in self._waiting):
                return
            if lock is not None:
                self._waiting.add(lock)
            if self._pool is not None:
                future = self._pool.submit(self._run, name, lock, ids)
                self._pending.add(future)
                future.add_done_callback(self._forget)
                return
        self._run(name, lock, ids)

    def _run(self, name: str, lock: str | None, ids: dict[str, str]) -> None:
        if lock is not None:
            with self._mutex:
                self._waiting.discard(lock)
        try:
            self._jobs.run(name, ids)
        except Exception:
            # Logged and counted by Jobs.run; whoever deferred it must not fail for it.
            return

    def _forget(self, future: Future[None]) -> None:
        with self._mutex:
            self._pending.discard(future)


class ProcrastinateQueue:
    """Jobs as rows of PostgreSQL, run by `taper worker` processes on any machine."""

    def __init__(self, app: Flask, database_url: str) -> None:
        self._jobs = Jobs(app)
        self._conninfo = _conninfo(database_url)
        self._sender = procrastinate.App(
            connector=procrastinate.SyncPsycopgConnector(conninfo=self._conninfo)
        )

    def register(self, name: str, job: Job) -> None:
        """See Queue."""
        self._jobs.add(name, job)

    def defer(self, name: str, *, lock: str | None = None, **ids: Plain) -> None:
        """See Queue. The row is written by the caller's own connection and transaction."""
        texts = self._jobs.check(name, ids)
        if in_transaction():
            self._insert(db.session.connection(), name, lock, texts)
            return
        with db.engine.connect() as connection, connection.begin():
            self._insert(connection, name, lock, texts)

    def run_worker(self, concurrency: int) -> None:
        """Work until a signal stops it; at most `concurrency` jobs at once, each on a thread."""
        asyncio.run(self._work(concurrency, until_empty=False))

    def work_off(self, concurrency: int = 1) -> None:
        """Run what waits now, then return."""
        asyncio.run(self._work(concurrency, until_empty=True))

    def _insert(
        self, connection: sa.Connection, name: str, lock: str | None, ids: dict[str, str]
    ) -> None:
        try:
            # The savepoint keeps a lock that is taken already from failing the caller's work.
            with connection.begin_nested():
                self._sender.configure_task(
                    name, queueing_lock=lock, connection=connection.connection.driver_connection
                ).defer(**ids)
        except AlreadyEnqueued:
            return

    async def _work(self, concurrency: int, *, until_empty: bool) -> None:
        worker = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=self._conninfo)
        )
        for name in self._jobs.names():
            worker.task(name=name)(self._task(name))
        # asyncio's own pool has six threads on two cores, whatever the operator asked for.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(concurrency, "job"))
        async with worker.open_async():
            await _bury_the_dead(worker)
            await worker.run_worker_async(
                concurrency=concurrency,
                wait=not until_empty,
                delete_jobs="always",
                fetch_job_polling_interval=2.0,
                install_signal_handlers=threading.current_thread() is threading.main_thread(),
            )

    def _task(self, name: str) -> Callable[..., None]:
        return lambda **ids: self._jobs.run(name, ids)


def init_queue(app: Flask, queue: Queue) -> None:
    """Hang the queue on the application."""
    app.extensions["taper.queue"] = queue


def current_queue() -> Queue:
    """The queue of the current application."""
    return current_app.extensions["taper.queue"]


async def _bury_the_dead(worker: procrastinate.App) -> None:
    """Remove jobs whose worker was killed under them: the sweeps ask for their work again."""
    for job in await worker.job_manager.get_stalled_jobs(seconds_since_heartbeat=60):
        await worker.job_manager.finish_job(job, Status.FAILED, delete_job=True)


def _conninfo(database_url: str) -> str:
    url = sa.make_url(database_url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)
