"""What a builder once wrote into an empty database, written again without asking the services.

Most tests begin with the same studios, and building them took longer than most tests. The rows
are those that the services themselves made, the first time in each process of tests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, wraps
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from config.base import Base
from config.db import core, db, transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row by its class and only key, to be loaded in whichever session asks."""

    kind: type[Base]
    key: Any


def remembered(build: Callable[[], T]) -> Callable[[], T]:
    """The builder, whose second call writes the rows of the first; on a used database it builds.

    What it returns may hold rows, and dataclasses and mappings of them.
    """
    known: dict[str, Any] = {}

    @wraps(build)
    def written() -> T:
        if not _is_empty():
            return build()
        if not known:
            built = build()
            known.update(what=_referred(built), rows=_everything())
            return built
        with transaction():
            for table, rows in known["rows"]:
                core(table.insert(), rows)
            return _resolved(known["what"])

    return written


def _is_empty() -> bool:
    with transaction():
        return not any(core(_anything()).one())


@cache
def _anything() -> sa.TextClause:
    return sa.text("SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {t.name})" for t in _tables()))


def _everything() -> list[tuple[sa.Table, list[dict[str, Any]]]]:
    with transaction():
        read = [(t, [dict(row) for row in core(sa.select(t)).mappings()]) for t in _tables()]
    return [(table, rows) for table, rows in read if rows]


def _tables() -> list[sa.Table]:
    return Base.metadata.sorted_tables


def _referred(value: Any) -> Any:
    if isinstance(value, Base):
        (key,) = cast(Any, sa.inspect(value)).identity
        return _Row(type(value), key)
    return _mapped(value, _referred)


def _resolved(value: Any) -> Any:
    """The same with rows of the present session, all of a kind read at once."""
    keys: defaultdict[type[Base], list[Any]] = defaultdict(list)

    def note(one: Any) -> Any:
        if isinstance(one, _Row):
            keys[one.kind].append(one.key)
        return _mapped(one, note)

    note(value)
    held = {kind: _by_key(kind, wanted) for kind, wanted in keys.items()}

    def put(one: Any) -> Any:
        return held[one.kind][one.key] if isinstance(one, _Row) else _mapped(one, put)

    return put(value)


def _by_key(kind: type[Base], keys: list[Any]) -> dict[Any, Base]:
    (column,) = cast(sa.Table, kind.__table__).primary_key
    rows = db.session.scalars(sa.select(kind).where(column.in_(keys)))
    return {cast(Any, sa.inspect(row)).identity[0]: row for row in rows}


def _mapped(value: Any, each: Callable[[Any], Any]) -> Any:
    if isinstance(value, _Row):
        return value
    if isinstance(value, Mapping):
        return {name: each(one) for name, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{f.name: each(getattr(value, f.name)) for f in fields(value)})
    return value
