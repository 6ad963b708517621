"""The values of a column as a database takes them: each different one converted but once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import repeat
from operator import is_
from typing import Any
from uuid import UUID

import sqlalchemy as sa

Values = Sequence[Any]
Conversion = Callable[[Values], Values]
_NULL = r"\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


def converted(
    columns: Mapping[str, Values], ways: Sequence[tuple[str, Conversion | None]]
) -> list[Values]:
    """The columns in the order of the ways in which their values are converted."""
    return [_column(columns[name], convert) for name, convert in ways]


def to_driver(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Conversion | None:
    """To what the driver takes, or None where it takes the values as they are."""
    one = processor(kind, dialect)
    if one is None:
        return None
    if isinstance(kind, sa.Uuid):
        return _hexadecimal
    if isinstance(kind, sa.JSON):
        return lambda values: [one(value) for value in values]
    return lambda values: _each_once(values, one)


def processor(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """What one value goes through on its way to the driver, or None."""
    return kind.dialect_impl(dialect).bind_processor(dialect)


def to_text(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Conversion | None:
    """To the text that COPY reads, or None where that is not known here."""
    if isinstance(kind, sa.Uuid):
        return lambda values: _or_null(_hexadecimal(values))
    if isinstance(kind, sa.Integer):
        return lambda values: [_NULL if v is None else str(v) for v in values]
    if isinstance(kind, sa.String):
        return _texts
    plain = kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind
    if isinstance(plain, sa.Date | sa.DateTime):
        return _moments(kind.dialect_impl(dialect).bind_processor(dialect))
    return None


def _column(values: Values, convert: Conversion | None) -> Values:
    if convert is None:
        return values
    if all(map(is_, values, repeat(values[0]))):  # the batch's location, day, moment
        return list(convert(values[:1])) * len(values)
    return convert(values)


def _moments(check: Callable[[Any], Any] | None) -> Conversion:
    def text(value: date | None) -> str:
        if value is None:
            return _NULL
        return (value if check is None else check(value)).isoformat()

    return lambda values: _each_once(values, text)


def _each_once(values: Values, one: Callable[[Any], Any]) -> Values:
    return list(map({v: one(v) for v in set(values)}.__getitem__, values))


def _hexadecimal(values: Sequence[UUID | None]) -> list[str | None]:
    """As UUID.hex has it, in a third of its time."""
    return [None if v is None else v.int.to_bytes(16, "big").hex() for v in values]


def _texts(values: Sequence[str | None]) -> Values:
    if any(_SPECIAL.search(v) for v in set(values) if v is not None):
        return [_NULL if v is None else _SPECIAL.sub(_escape, v) for v in values]
    return _or_null(values)


def _escape(found: re.Match[str]) -> str:
    return _ESCAPED[found[0]]


def _or_null(values: Sequence[str | None]) -> Values:
    return [_NULL if v is None else v for v in values]
