"""What tests do not wait for: the disk, the SDK's pause, routes, templates and statements known.

Tests end processes, never the machine, so what was written need not have reached the disk. An
application is made for each of them, and nine tenths of its making is the reading of its routes
and the compiling of functions that write addresses: those of one rule are alike in all of them.
"""

from __future__ import annotations

import gc
import sqlite3
from collections import defaultdict
from types import CodeType
from typing import Any, cast

import stripe
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
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
_compile = _rules.compile
_compiled: dict[tuple[object, ...], Any] = {}


def _compile_once(rule: Any) -> None:
    key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, rule.map.host_matching)
    if rule.defaults or key not in _compiled:
        _compile(rule)
        if not rule.defaults:
            _compiled[key] = rule
        return
    alike = _compiled[key]
    rule._parts, rule._trace, rule._converters = alike._parts, alike._trace, alike._converters
    rule.arguments |= alike.arguments
    for write in ("_build", "_build_unknown"):
        setattr(rule, write, getattr(alike, write).__func__.__get__(rule))


_rules.compile = _compile_once


class _Templates(BytecodeCache):
    """Compiled templates by name and place, for as long as their text is the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._known[bucket.key, bucket.checksum] = bucket.code


Flask.jinja_options["bytecode_cache"] = _Templates()


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
