"""Which function a job's name means, and how it is run, counted and logged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

import structlog
from flask import Flask

from config.clock import monotonic
from config.metrics import JOB_SECONDS, JOBS

Plain = str | int | UUID | date
Job = Callable[..., object]

_log = structlog.get_logger("taper.queue")


class Jobs:
    """The jobs an application knows, and how each is run."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._jobs: dict[str, Job] = {}

    def add(self, name: str, job: Job) -> None:
        """Name a function; a name is given once."""
        if name in self._jobs:
            raise ValueError(f"job {name} is registered twice")
        self._jobs[name] = job

    def check(self, name: str, ids: dict[str, Plain]) -> dict[str, str]:
        """The ids as texts; KeyError on an unknown job, TypeError on more than an id."""
        if name not in self._jobs:
            raise KeyError(f"no job is called {name}")
        for key, value in ids.items():
            if isinstance(value, bool) or not isinstance(value, str | int | UUID | date):
                raise TypeError(f"a job carries ids only, not {key}={type(value).__name__}")
        return {
            key: value.isoformat() if isinstance(value, date) else str(value)
            for key, value in ids.items()
        }

    def names(self) -> list[str]:
        """All job names."""
        return list(self._jobs)

    def run(self, name: str, ids: dict[str, str]) -> None:
        """Call the job in an app context of its own; what it raises is logged and raised."""
        began = monotonic()
        with self._app.app_context(), structlog.contextvars.bound_contextvars(job=name):
            try:
                self._jobs[name](**ids)
            except Exception:
                JOBS.labels(name, "failed").inc()
                _log.exception("job failed", ids=ids)
                raise
            finally:
                JOB_SECONDS.labels(name).observe(monotonic() - began)
        JOBS.labels(name, "done").inc()
