"""SQLite's manners: one writer at a time, served in the order they came, the lock taken first."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

# Prepared statements that a connection keeps; Python's own 128 are fewer than a busy day has, and
# to prepare the longer ones anew takes milliseconds.
STATEMENTS_KEPT = 1_000


class FairGate:
    """A lock that serves waiters in the order they came (threading.Lock does not), but people,
    who wait at a page, before work, of which a billing run may have dozens of threads waiting.

    After PEOPLE_IN_A_ROW of them, work that waits has its turn.
    """

    PEOPLE_IN_A_ROW = 8

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._people: deque[threading.Lock] = deque()
        self._work: deque[threading.Lock] = deque()
        self._served_people = 0
        self._busy = False

    def acquire_for_person(self) -> None:
        self._acquire(self._people)

    def acquire_for_work(self) -> None:
        self._acquire(self._work)

    def _acquire(self, queue: deque[threading.Lock]) -> None:
        with self._mutex:
            if not self._busy:
                self._busy = True
                return
            turn = threading.Lock()
            turn.acquire()
            queue.append(turn)
        turn.acquire()

    def release(self) -> None:
        with self._mutex:
            people_first = self._people and self._served_people < self.PEOPLE_IN_A_ROW
            queue = self._people if people_first or not self._work else self._work
            self._served_people = self._served_people + 1 if queue is self._people else 0
            if queue:
                queue.popleft().release()
            else:
                self._busy = False


class BeginningCursor(sqlite3.Cursor):
    """Says BEGIN IMMEDIATE before the first write.

    A listener to SQLAlchemy's cursor events could do so, too; but an engine that has one looks
    for listeners a dozen times with every statement, which took a twentieth of a year's work.
    """

    def execute(self, sql: str, parameters: Any = (), /) -> BeginningCursor:
        """As ever, inside a transaction if it writes."""
        if not self.connection.in_transaction and _writes(sql):
            super().execute("BEGIN IMMEDIATE")
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> BeginningCursor:
        """The same for many rows."""
        if not self.connection.in_transaction and _writes(sql):
            super().execute("BEGIN IMMEDIATE")
        return super().executemany(sql, parameters)


class BeginningConnection(sqlite3.Connection):
    """Its cursors begin a transaction by themselves, with the write lock."""

    def cursor(self, factory: Any = BeginningCursor) -> Any:
        """A cursor of that kind."""
        return super().cursor(factory)


def teach(engine: Engine) -> None:
    """WAL, durable commits and foreign keys."""

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        for pragma in (
            "journal_mode=WAL",
            "foreign_keys=ON",
            "busy_timeout=30000",
            "synchronous=FULL",
            "temp_store=MEMORY",
            "cache_size=-65536",
        ):
            connection.execute(f"PRAGMA {pragma}")


_READS = ("SELECT", "PRAGMA", "EXPLAIN", "BEGIN", "COMMIT", "ROLLBACK", "VALUES")


def _writes(statement: str) -> bool:
    if statement.startswith(_READS):
        return False  # as nearly all of them are written
    head = statement.lstrip("( \n\t")[:8].upper()
    if head.startswith("WITH"):
        text = statement.upper()
        return any(word in text for word in ("INSERT ", "UPDATE ", "DELETE "))
    return not head.startswith(_READS)
