"""Everything the sandbox remembers, in one SQLite file that survives `kill -9` of the process.

One table per kind of object: `seq` is the order of creation, `body` the fields that differ from
the kind's defaults. `links` holds the fields lists filter by. The clock never goes back, so
`created` and `seq` rise together and a range of instants is a range of `seq`: a page costs the
same in a small store and in a large one.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stripe_sandbox.shapes import BY_KIND, SHAPES, Obj, Shape, shape_of_id

encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode

_SCHEMA = (
    "".join(
        f"CREATE TABLE IF NOT EXISTS {shape.table} (seq INTEGER PRIMARY KEY,"
        f" id TEXT NOT NULL UNIQUE,"
        f" created INTEGER NOT NULL, body TEXT NOT NULL);"
        f"CREATE INDEX IF NOT EXISTS {shape.table}_created ON {shape.table} (created);"
        for shape in SHAPES
    )
    + """
CREATE TABLE IF NOT EXISTS links (field TEXT, value TEXT, seq INTEGER,
    PRIMARY KEY (field, value, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS idempotency (key TEXT PRIMARY KEY, created INTEGER NOT NULL,
    endpoint TEXT NOT NULL, digest BLOB NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS idempotency_created ON idempotency (created);
CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY, event TEXT NOT NULL,
    endpoint TEXT NOT NULL, first INTEGER NOT NULL, due INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due);
CREATE TABLE IF NOT EXISTS scripts (owner TEXT PRIMARY KEY, steps TEXT NOT NULL) WITHOUT ROWID;
"""
)

_TABLES = (*(s.table for s in SHAPES), "links", "meta", "idempotency", "deliveries", "scripts")


def new_id(prefix: str) -> str:
    """An id that nobody guesses and that sorts by when it was made, so indexes stay dense."""
    return f"{prefix}_{time.time_ns():x}{os.urandom(6).hex()}"


class Store:
    """The only door to the file. One connection and one lock: a call is one short transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing that was written; only a power cut could, and a stand-in
        # need not survive that.
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute("PRAGMA wal_autocheckpoint=4000")
        self.db.execute("PRAGMA cache_size=-65536")
        self.db.execute("PRAGMA busy_timeout=5000")
        self.db.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside is kept together, or nothing of it is."""
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def add(self, kind: str, obj: Obj, *, created: int) -> Obj:
        """Store a new object; gives it an id and `created`, and returns it whole."""
        shape = BY_KIND[kind]
        whole = {**shape.defaults, **obj, "created": created}
        whole.setdefault("id", new_id(shape.prefix))
        cursor = self.db.execute(
            f"INSERT INTO {shape.table} (id, created, body) VALUES (?, ?, ?)",
            (whole["id"], created, _pack(shape, whole)),
        )
        rows = [(f"{kind}.{f}", whole[f], cursor.lastrowid) for f in shape.filters if whole.get(f)]
        if rows:
            self.db.executemany("INSERT INTO links VALUES (?, ?, ?)", rows)
        return whole

    def save(self, obj: Obj) -> None:
        """Write back a changed object, and the filters that moved with it."""
        shape = BY_KIND[obj["object"]]
        for name in shape.moving:
            self._relink(shape, name, obj)
        self.db.execute(
            f"UPDATE {shape.table} SET body = ? WHERE id = ?", (_pack(shape, obj), obj["id"])
        )

    def find(self, object_id: str) -> Obj | None:
        """The object of this id, or None."""
        shape = shape_of_id(object_id)
        if shape is None:
            return None
        row = self.db.execute(
            f"SELECT body FROM {shape.table} WHERE id = ?", (object_id,)
        ).fetchone()
        return None if row is None else unpack(shape, row[0])

    def count(self, shape: Shape) -> int:
        """How many objects of a kind were ever made (none is ever removed)."""
        return self.db.execute(f"SELECT coalesce(max(seq), 0) FROM {shape.table}").fetchone()[0]

    def meta(self, name: str) -> str | None:
        """A remembered setting."""
        row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def set_meta(self, name: str, value: str) -> None:
        """Remember a setting."""
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def wipe(self) -> None:
        """Forget everything (for tests)."""
        with self.transaction():
            for table in _TABLES:
                self.db.execute(f"DELETE FROM {table}")

    def _relink(self, shape: Shape, name: str, obj: Obj) -> None:
        seq, body = self.db.execute(
            f"SELECT seq, body FROM {shape.table} WHERE id = ?", (obj["id"],)
        ).fetchone()
        old, new = json.loads(body).get(name, shape.defaults.get(name)), obj.get(name)
        if old == new:
            return
        field = f"{shape.kind}.{name}"
        self.db.execute(
            "DELETE FROM links WHERE field = ? AND value = ? AND seq = ?", (field, old, seq)
        )
        if new:
            self.db.execute("INSERT INTO links VALUES (?, ?, ?)", (field, new, seq))


def compact(shape: Shape, whole: Obj) -> Obj:
    """What of an object differs from its kind's defaults."""
    defaults = shape.defaults
    return {n: v for n, v in whole.items() if n not in defaults or defaults[n] != v}


def unpack(shape: Shape, body: str) -> Obj:
    """A stored row made whole; an event's snapshot too, which is stored as sparsely."""
    whole = {**shape.defaults, **json.loads(body)}
    if kind := whole.get("_of"):
        snapshot = {**BY_KIND[kind].defaults, **whole["data"]["object"]}
        whole["data"] = {"object": snapshot}
    return whole


def _pack(shape: Shape, whole: Obj) -> str:
    kept = compact(shape, whole)
    if kind := whole.get("_of"):
        kept["data"] = {"object": compact(BY_KIND[kind], whole["data"]["object"])}
    return encode(kept)
