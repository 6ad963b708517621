"""What tests do not wait for: the disk, the SDK's pause between two tries, and the same routes.

Tests end processes, never the machine, so what was written need not have reached the disk. An
application is made for each of them, and nine tenths of its making is the compiling of functions
that write addresses: those of one rule are the same in every application.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, cast

import stripe
from sqlalchemy import event
from sqlalchemy.pool import Pool
from werkzeug.routing import Rule

_TOLD = "tests.hurry"


@event.listens_for(Pool, "checkout")
def _write_through_later(connection: Any, record: Any, _proxy: Any) -> None:
    if isinstance(connection, sqlite3.Connection) and _TOLD not in record.info:
        record.info[_TOLD] = True
        connection.execute("PRAGMA synchronous=OFF")


stripe.HTTPClient.INITIAL_DELAY = 0.02

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
