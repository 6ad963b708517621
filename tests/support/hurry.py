"""What tests do not wait for: the disk, the SDK's pause, routes and statements known already.

Tests end processes, never the machine, so what was written need not have reached the disk. An
application is made for each of them, and nine tenths of its making is the compiling of functions
that write addresses: those of one rule are the same in every application.
"""

from __future__ import annotations

import gc
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from typing import Any, cast

import stripe
from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import Pool
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

_TOLD = "tests.hurry"


@event.listens_for(Pool, "checkout")
def _write_through_later(connection: Any, record: Any, _proxy: Any) -> None:
    if isinstance(connection, sqlite3.Connection) and _TOLD not in record.info:
        record.info[_TOLD] = True
        connection.execute("PRAGMA synchronous=OFF")


stripe.HTTPClient.INITIAL_DELAY = 0.02

# As the product's own processes do, and sooner again: every test leaves an application behind.
gc.set_threshold(50_000, 20, 10)

_rules = cast(Any, Rule)
_compile_builder = _rules._compile_builder
_compiled: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


def _compile_once(rule: Any, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    if rule.defaults:
        return _compile_builder(rule, append_unknown)
    key = (*rule._trace, append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile_builder(rule, append_unknown)
    return _compiled[key]


_rules._compile_builder = _compile_once


# An engine is made for each test as well, and compiled every statement anew. Dialects of one kind,
# all made with the same options, write the same statement alike.
_statements: defaultdict[type[Dialect], LRUCache[Any, Any]] = defaultdict(lambda: LRUCache(4000))


@event.listens_for(Engine, "engine_connect")
def _share_statements(connection: Connection) -> None:
    cast(Any, connection.engine)._compiled_cache = _statements[type(connection.dialect)]


def _alike(self: Dialect, other: object) -> bool:
    return type(self) is type(other)


def _kind(self: Dialect) -> int:
    return hash(type(self))


for _dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    cast(Any, _dialect).__eq__ = _alike
    cast(Any, _dialect).__hash__ = _kind
