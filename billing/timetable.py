"""The whole timetable on one page. A tick asks "is anything due?"; the tables answer.

Every job may run twice, late, or beside itself: a doubled one finds nothing left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from billing import day
from billing.disputes import answer_sends
from billing.letters import letters
from billing.payments import collect, janitor
from billing.reconciling import reconciling
from billing.refunds import refund_sends
from config import audit, clock, mail_delivery
from config.db import db, run_txn
from config.models import JobState
from config.queue import Queue, current_queue
from config.scheduler import Entry
from locations import places
from locations.upsert import insert_or

TIMETABLE = (
    Entry("days", every_s=60),  # renewals, conversions, expiries, notices, retries: per location
    Entry("collect", every_s=30),  # attempts whose hour has come
    Entry("reconcile", every_s=3600),  # Stripe's balance and payouts, once a day per account
    Entry("refunds", every_s=60),  # what is owed back, and what became of it
    Entry("answers", every_s=60),  # what studios tell banks about disputes
    Entry("letters", every_s=15),  # Stripe's webhooks, opened at our own pace
    Entry("mail", every_s=15),  # the outbox
    Entry("janitor", every_s=60),  # payments whose outcome is unknown
    Entry("seal", every_s=3600),  # the audit journal's hash chain
)


def register_jobs(queue: Queue) -> None:
    """Name every job, once, when the application is built."""
    for name, job in _JOBS.items():
        queue.register(name, job)


def tick(entry: Entry) -> None:
    """Ask for the jobs of one line; several asks for the same work are one."""
    queue = current_queue()
    if entry.name == "days":
        for location in places.open_ones():
            queue.defer("day", lock=f"day:{location.id}", location_id=location.id)
        return
    queue.defer(entry.name, lock=entry.name)


def _day(location_id: str) -> None:
    _noted(f"day:{places.get(UUID(location_id)).slug}", lambda: day.work(UUID(location_id)))


def _collect() -> None:
    _noted("collect", collect.collect_ready)


def _reconcile() -> None:
    _noted("reconcile", reconciling.work)


def _refunds() -> None:
    _noted("refunds", refund_sends.work)


def _answers() -> None:
    _noted("answers", answer_sends.work)


def _letters() -> None:
    gateway = collect.collecting().gateway
    _noted("letters", lambda: letters.open_waiting(clock.now(), 200, gateway))


def _mail() -> None:
    now = clock.now()
    _noted("mail", lambda: mail_delivery.deliver_due(now))
    run_txn(lambda: mail_delivery.report_unknown(now))


def _janitor() -> None:
    _noted("janitor", janitor.look)


def _seal() -> None:
    _noted("seal", lambda: run_txn(audit.seal))


_JOBS: Mapping[str, Callable[..., None]] = {
    "day": _day,
    "collect": _collect,
    "reconcile": _reconcile,
    "refunds": _refunds,
    "answers": _answers,
    "letters": _letters,
    "mail": _mail,
    "janitor": _janitor,
    "seal": _seal,
}


def _noted(name: str, job: Callable[[], object]) -> None:
    """Run a job and write down when, so that the doctor can tell what has not run."""
    started = clock.now()
    try:
        job()
    except Exception as error:
        _note(name, started, error=type(error).__name__)
        raise
    _note(name, started, error=None)


def _note(name: str, started: datetime, *, error: str | None) -> None:
    values = {"started_at": started, "finished_at": clock.now(), "error": error}
    row = insert_or(JobState).values(name=name, **values)
    run_txn(
        lambda: db.session.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))
    )
