"""From an operator's text to typed settings, with every problem named, none of them shown."""

from __future__ import annotations

import dataclasses
import re
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

PREFIX = "TAPER_"
FILE_VARIABLE = "TAPER_CONFIG"
MOST_TEXT = 2000
_WHOLE = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_YES_NO = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class SettingProblem:
    """One setting that is wrong, without its value: it may be a secret put in the wrong place."""

    name: str
    message: str

    @property
    def variable(self) -> str:
        """The environment variable to look at."""
        return self.name if self.name.startswith(PREFIX) else PREFIX + self.name.upper()


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A line of the table of settings in the README."""

    variable: str
    type: str
    default: str
    doc: str


def option(default: Any, doc: str, *, low: int = 0, high: int = 10**9, hide: bool = False) -> Any:
    """A dataclass field that an operator may set; `low` and `high` bound whole numbers."""
    metadata = {"doc": doc, "low": low, "high": high, "hide": hide}
    return dataclasses.field(default=default, metadata=metadata, repr=not hide)


def table(settings: type) -> list[SettingRow]:
    """All settings, in the order they are declared."""
    hints = get_type_hints(settings)
    return [
        SettingRow(
            PREFIX + field.name.upper(),
            _kind_name(hints[field.name]),
            _default_text(field.default),
            field.metadata["doc"],
        )
        for field in dataclasses.fields(settings)
    ]


def collect(
    settings: type, environ: Mapping[str, str]
) -> tuple[dict[str, Any], list[SettingProblem]]:
    """Typed values of what was set, and the problems; a wrong value is left at its default."""
    given, problems = _file_values(environ.get(FILE_VARIABLE))
    for variable, text in environ.items():
        if variable.startswith(PREFIX) and variable != FILE_VARIABLE:
            given[variable.removeprefix(PREFIX).lower()] = text
    fields = {field.name: field for field in dataclasses.fields(settings)}
    hints = get_type_hints(settings)
    values: dict[str, Any] = {}
    for name, raw in given.items():
        try:
            if name not in fields:
                raise ValueError("is not a setting of Taper")
            values[name] = _parsed(hints[name], _text(raw), fields[name].metadata)
        except ValueError as error:
            problems.append(SettingProblem(name, str(error)))
    return values, problems


def _file_values(path: str | None) -> tuple[dict[str, Any], list[SettingProblem]]:
    if not path:
        return {}, []
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8")), []
    except OSError as error:
        return {}, [SettingProblem(FILE_VARIABLE, f"cannot be read: {error.strerror}")]
    except UnicodeDecodeError:
        return {}, [SettingProblem(FILE_VARIABLE, "is not UTF-8 text")]
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line \d+, column \d+", str(error))
        at = f" at {where.group()}" if where else ""
        return {}, [SettingProblem(FILE_VARIABLE, f"is not TOML{at}")]


def _text(raw: Any) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | str):
        return str(raw)
    if isinstance(raw, list) and all(isinstance(item, str) for item in raw):
        return ",".join(raw)
    raise ValueError("must be text, a whole number, true or false, or a list of texts")


def _parsed(kind: Any, text: str, metadata: Mapping[str, Any]) -> Any:
    text = text.strip()
    if not text.isprintable():  # nor what turns the direction of reading, nor half a character
        raise ValueError("must not hold control characters")
    if len(text) > MOST_TEXT:
        raise ValueError(f"must have at most {MOST_TEXT} characters")
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        items = [item.strip() for item in text.split(",")]
        return tuple(_parsed(inner[0], item, metadata) for item in items if item)
    if origin in (Union, types.UnionType):
        return _parsed(inner[0], text, metadata) if text else None
    if origin is Literal:
        if text not in inner:
            raise ValueError(f"must be one of {', '.join(inner)}")
        return text
    return _plain(kind, text, metadata)


def _plain(kind: type, text: str, metadata: Mapping[str, Any]) -> Any:
    if kind is bool:
        if text.lower() not in _YES_NO:
            raise ValueError("must be true or false")
        return _YES_NO[text.lower()]
    if kind is int:
        low, high = metadata["low"], metadata["high"]
        if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)
    return kind(text)


def _kind_name(kind: Any) -> str:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        return f"list of {_kind_name(inner[0])}"
    if origin in (Union, types.UnionType):
        return _kind_name(inner[0])
    if origin is Literal:
        return " or ".join(inner)
    names = {str: "text", int: "whole number", bool: "true or false", Path: "folder"}
    return names.get(kind) or kind.__name__.lower()


def _default_text(default: Any) -> str:
    if default is None or default == () or default == "":
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)
