"""The only door to the scheduler, which is a metronome and nothing more.

Every entry asks "is anything due?" of the database; the tick itself means nothing. A tick that
comes twice, from two clocks or after a nap, does no harm, and one that is missed is made good by
the next. The wall clock must not silence it: a watch on monotonic time notices when the wall is
set back or forward and makes every entry tick at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

_WATCH_S = 1.0
_SLIP_S = 2.0  # the wall may drift this much between two looks without anybody having set it
_log = structlog.get_logger("taper.clockwork")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timetable: a job's name, and how often to ask whether it has work."""

    name: str
    every_s: float


class _Pace(BaseTrigger):
    """A fixed pause after each tick, without making good for what a jump of the wall skipped."""

    def __init__(self, every_s: float) -> None:
        self._pause = timedelta(seconds=every_s)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return now if previous_fire_time is None else now + self._pause


class Clockwork:
    """Ticks for entries written in code; started by an edge, never by create_app()."""

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        watch_s: float = _WATCH_S,
    ) -> None:
        self._wall, self._monotonic, self._watch_s = wall, monotonic, watch_s
        self._scheduler: BackgroundScheduler | None = None
        self._stopped = threading.Event()
        self._watch: threading.Thread | None = None

    def start(self, entries: Sequence[Entry], run: Callable[[Entry], object]) -> None:
        """Tick `run(entry)` for each entry, the first time at once, from threads of its own.

        An entry never runs beside itself here; what it raises is logged and the next tick comes.
        """
        if self._scheduler is not None:
            raise RuntimeError("the clockwork is running already")
        names = [entry.name for entry in entries]
        if len(set(names)) != len(names):
            raise ValueError("two entries of the timetable share a name")
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(max(1, len(names)))},
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        for entry in entries:
            self._scheduler.add_job(
                _tick,
                _Pace(entry.every_s),
                args=(entry, run),
                id=entry.name,
                next_run_time=datetime.now(UTC),
            )
        self._stopped.clear()
        self._scheduler.start()
        self._watch = threading.Thread(target=self._watch_wall, name="wall-watch", daemon=True)
        self._watch.start()

    def wait(self) -> None:
        """Block until `stop()` is called, from another thread or a signal handler."""
        self._stopped.wait()

    def stop(self) -> None:
        """Let the ticks under way finish, then end. Calling it twice is harmless."""
        self._stopped.set()
        if self._watch is not None and self._watch is not threading.current_thread():
            self._watch.join()
        scheduler, self._scheduler = self._scheduler, None  # one of two callers ends it
        if scheduler is not None:
            scheduler.shutdown(wait=True)

    def _watch_wall(self) -> None:
        offset = self._wall() - self._monotonic()
        while not self._stopped.wait(self._watch_s):
            seen = self._wall() - self._monotonic()
            if abs(seen - offset) > _SLIP_S:
                _log.warning("the wall clock was set", by_s=round(seen - offset, 1))
                self._tick_all()
            offset = seen

    def _tick_all(self) -> None:
        """Make everything due now by today's wall: pending times belong to the old one."""
        scheduler = self._scheduler
        if scheduler is None:
            return
        for job in scheduler.get_jobs():
            scheduler.modify_job(job.id, next_run_time=datetime.now(UTC))


def _tick(entry: Entry, run: Callable[[Entry], object]) -> None:
    try:
        run(entry)
    except Exception:
        # A tick is a question; the answer is asked for again at the next one.
        _log.exception("a tick failed", entry=entry.name)
