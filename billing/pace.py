"""Paces the requests to a Stripe account, so that its limit is met before it is felt.

Each endpoint and the account as a whole has a next free moment; taking a place moves it on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa

from billing.models import Pace
from config.clock import monotonic
from config.db import db, run_txn
from locations.upsert import insert_or

ALL = "all"


class Pacer:
    """A token bucket inside one process. `limits` are requests a second by endpoint and ALL."""

    def __init__(
        self, limits: Mapping[str, float], *, read_s: Callable[[], float] = monotonic
    ) -> None:
        self._gap = {name: 1.0 / rate for name, rate in limits.items() if rate > 0}
        self._next: dict[str, float] = {}
        self._read_s = read_s
        self._lock = threading.Lock()

    def reserve(self, endpoints: Sequence[str]) -> float:
        """Take a place for one request at each endpoint; seconds until it may leave."""
        with self._lock:
            now = self._read_s()
            start = now
            for name, places in _places(endpoints).items():
                start = max(start, self._next.get(name, 0.0))
                self._next[name] = max(now, self._next.get(name, 0.0)) + places * self._gap.get(
                    name, 0.0
                )
            return start - now

    def hold_back(self, seconds: float) -> None:
        """Stripe said 429: nobody leaves before that long from now."""
        with self._lock:
            until = self._read_s() + seconds
            for name in {*self._gap, ALL}:
                self._next[name] = max(self._next.get(name, 0.0), until)


class SharedPacer:
    """The same bucket for workers on several machines: next free moments are rows.

    Places are fetched in small handfuls, so that the row is not the bottleneck.
    """

    HANDFUL = 4

    def __init__(
        self, limits: Mapping[str, float], *, account: str, now_ms: Callable[[], int]
    ) -> None:
        self._gap_ms = {name: 1000.0 / rate for name, rate in limits.items() if rate > 0}
        self._account = account
        self._now_ms = now_ms
        self._own: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def reserve(self, endpoints: Sequence[str]) -> float:
        """Take a place for one request at each endpoint; seconds until it may leave."""
        with self._lock:
            now = self._now_ms()
            start = float(now)
            for name, places in sorted(_places(endpoints).items()):
                for _ in range(places):
                    start = max(start, self._one(name))
            return (start - now) / 1000.0

    def hold_back(self, seconds: float) -> None:
        """Stripe said 429: nobody leaves before that long from now, on any machine."""
        until = self._now_ms() + int(seconds * 1000)
        with self._lock:
            self._own.clear()
        for name in sorted({*self._gap_ms, ALL}):
            run_txn(lambda name=name: self._move(name, until=until))

    def _one(self, name: str) -> float:
        if name not in self._gap_ms:
            return 0.0
        mine = self._own.setdefault(name, [])
        if not mine:
            first = run_txn(lambda: self._take(name))
            mine.extend(first + k * self._gap_ms[name] for k in range(self.HANDFUL))
        return mine.pop(0)

    def _take(self, name: str) -> float:
        now = self._now_ms()
        span = int(self.HANDFUL * self._gap_ms[name])
        key = f"{self._account}:{name}"
        later = sa.case((Pace.next_free_ms > now, Pace.next_free_ms), else_=now) + span
        row = insert_or(Pace).values(key=key, next_free_ms=now + span)
        taken = row.on_conflict_do_update(
            index_elements=["key"], set_={"next_free_ms": later}
        ).returning(Pace.__table__.c.next_free_ms)
        return db.session.execute(taken).scalar_one() - span

    def _move(self, name: str, *, until: int) -> None:
        row = insert_or(Pace).values(key=f"{self._account}:{name}", next_free_ms=until)
        db.session.execute(
            row.on_conflict_do_update(
                index_elements=["key"],
                set_={"next_free_ms": until},
                where=Pace.next_free_ms < until,
            )
        )


def _places(endpoints: Sequence[str]) -> dict[str, int]:
    """How many places each bucket gives: one per endpoint, and all of them in all."""
    return {**dict.fromkeys(endpoints, 1), ALL: len(endpoints)}
