"""The one place that reads time. Services take `now`; only edges ask for it here.

Business time (`Clock`) may be simulated. Leases on work run on `LeaseClock`, which never
follows business time: moving the studio's calendar must not free a worker's claim.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from flask import Flask, current_app


class Clock(Protocol):
    """Business time: an aware UTC instant."""

    def now(self) -> datetime: ...


class LeaseClock(Protocol):
    """Milliseconds on a source that all workers share and nobody sets for business."""

    def now_ms(self) -> int: ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SimulatedClock:
    """Time that moves only when told: for tests, rehearsals and the demo."""

    def __init__(self, start: datetime) -> None:
        self._now = _aware(start)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def set(self, instant: datetime) -> None:
        """Jump to an instant, forward or back."""
        with self._lock:
            self._now = _aware(instant)

    def advance(self, by: timedelta) -> datetime:
        """Move by a span and return the new instant."""
        with self._lock:
            self._now += by
            return self._now


class SystemLeaseClock:
    """The machine's time in ms, enough where all workers share one machine."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class ManualLeaseClock:
    """A lease source that tests move by hand."""

    def __init__(self, start_ms: int = 1_000_000) -> None:
        self._ms = start_ms

    def now_ms(self) -> int:
        return self._ms

    def advance(self, by_ms: int) -> None:
        self._ms += by_ms


def init_clock(app: Flask, clock: Clock, leases: LeaseClock) -> None:
    """Hang both clocks on the application."""
    app.extensions["taper.clock"] = clock
    app.extensions["taper.leases"] = leases


def now() -> datetime:
    """Business time of the current application (aware, UTC)."""
    return current_app.extensions["taper.clock"].now()


def lease_now_ms() -> int:
    """The current application's lease time in milliseconds."""
    return current_app.extensions["taper.leases"].now_ms()


def monotonic() -> float:
    """Seconds for pacing and measuring; unrelated to any calendar."""
    return time.monotonic()


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)
