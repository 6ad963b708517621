"""Every side effect of a run as a numbered point, and a process that dies at one of them.

Points are counted per thread (the one that issues, the one that charges), because only within a
thread is their order always the same. A killed process is `os._exit`: no cleanup, no rollback, no
closing of sockets but by the kernel.
"""

from __future__ import annotations

import os
import re
import select
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
import stripe
from sqlalchemy import event
from urllib3.connection import HTTPConnection

from stripe_sandbox.launch import Running

KILLED = 137
SHIFTED = 3  # the point was reached, but it is another one than was traced
_WRITE = re.compile(r'\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_ID = re.compile(r"/(pi|pm|cs|cus|ch|dp|re|seti)_\w+")
_STORED = re.compile(r"after commit|(sent|took effect) (POST|DELETE)|the member")
_CLOSED = re.compile(r"after commit|before [A-Z]|sent|took effect|answer read|the member")


class Point(NamedTuple):
    """The n-th side effect of a thread, and what it is."""

    thread: str
    n: int
    what: str


def states(points: Iterable[Point]) -> list[list[Point]]:
    """The points in runs, in order: those of a run leave the same behind, here and at Stripe.

    A thread begins another run where something was stored: by a commit of ours, by a request that
    Stripe has been sent or has obeyed, by what a member did on Stripe's page.
    """
    found: defaultdict[str, list[list[Point]]] = defaultdict(list)
    for point in points:
        runs = found[point.thread]
        if not runs or _STORED.match(point.what):
            runs.append([])
        runs[-1].append(point)
    return [run for runs in found.values() for run in runs]


def holds_nothing(point: Point) -> bool:
    """Whether no transaction is open there, so that others can go on while somebody sleeps."""
    return _CLOSED.match(point.what) is not None


def die() -> None:
    """As `kill -9` does."""
    os._exit(KILLED)


class Tracer:
    """Counts the points of this process; at `stop_at`, if there is one, it does `then`."""

    def __init__(self, stop_at: Point | None = None, then: Callable[[], None] = die) -> None:
        self.seen: list[Point] = []
        self._stop_at = stop_at
        self._then = then
        self._counts: Counter[str] = Counter()

    def reach(self, what: str) -> None:
        """A side effect is about to happen, or has just happened."""
        main = threading.current_thread() is threading.main_thread()
        thread = "issue" if main else "charge"
        point = Point(thread, self._counts[thread], what)
        self._counts[thread] += 1
        self.seen.append(point)
        if self._stop_at is not None and point[:2] == self._stop_at[:2]:
            if point != self._stop_at:
                os._exit(SHIFTED)
            self._then()

    def watch(self, engine: sa.Engine) -> None:
        """Begin: every write and its real commit on this engine, every request to Stripe."""
        self._watch_writes(engine)
        self._watch_http()

    def _watch_writes(self, engine: sa.Engine) -> None:
        written: set[int] = set()

        @event.listens_for(engine, "before_cursor_execute")
        def _before(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            if found := _WRITE.match(statement):
                self.reach(f"before {found[1]} {found[2]}".lower())

        @event.listens_for(engine, "after_cursor_execute")
        def _after(conn: sa.Connection, _cursor: Any, statement: str, *_more: Any) -> None:
            if found := _WRITE.match(statement):
                written.add(id(conn.connection.dbapi_connection))
                self.reach(f"after {found[1]} {found[2]}".lower())

        # SQLAlchemy's `commit` event fires before the commit; the dialect's call is the real one.
        commit = engine.dialect.do_commit

        def committed(connection: Any) -> None:
            key = id(getattr(connection, "dbapi_connection", connection))
            if key not in written:
                commit(connection)
                return
            self.reach("before commit")
            commit(connection)
            written.discard(key)
            self.reach("after commit")

        engine.dialect.do_commit = committed  # type: ignore[method-assign]

    def _watch_http(self) -> None:
        _wrap(HTTPConnection, "request", self._send)
        _wrap(HTTPConnection, "getresponse", self._reply)
        _wrap(stripe.RequestsClient, "request", self._read)
        _wrap(Running, "control", self._at_stripe)

    def _send(self, call: Callable[..., Any], conn: Any, method: str, url: str, **more: Any) -> Any:
        what = f"{method} {_ID.sub('/ID', url.partition('?')[0])}"
        conn.said = what
        self.reach(f"before {what}")
        done = call(conn, method, url, **more)
        self.reach(f"sent {what}")  # Stripe may or may not have begun
        return done

    def _reply(self, call: Callable[..., Any], conn: Any, *more: Any, **most: Any) -> Any:
        select.select([conn.sock], [], [], 30)
        self.reach(f"took effect {conn.said}")
        return call(conn, *more, **most)

    def _read(self, call: Callable[..., Any], *args: Any, **more: Any) -> Any:
        done = call(*args, **more)
        self.reach("answer read")
        return done

    def _at_stripe(self, call: Callable[..., Any], stand_in: Any, *told: Any) -> Any:
        done = call(stand_in, *told)
        self.reach(f"the member did {_ID.sub('/ID', told[1])}")
        return done


def _wrap(owner: type, name: str, around: Callable[..., Any]) -> None:
    original = getattr(owner, name)

    def wrapped(*args: Any, **more: Any) -> Any:
        return around(original, *args, **more)

    setattr(owner, name, wrapped)
