"""Checks made from the SDK's typed parameters: one function per type, made when first needed."""

from __future__ import annotations

import functools
import importlib
import re
import types
import typing
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, Union

import typing_extensions
from stripe import RequestOptions, StripeContext
from stripe._stripe_object import UntypedStripeObject

from stripe_sandbox.errors import ApiError, malformed

Check = Callable[[Any, str], Any]

_INTEGER = re.compile(r"-?\d{1,18}\Z", re.ASCII)
_NOT_PARAMETERS = frozenset(RequestOptions.__annotations__)
_NAMES = {"StripeContext": StripeContext, "UntypedStripeObject": UntypedStripeObject}


@functools.cache
def typed_dict(module: str) -> Any:
    loaded = importlib.import_module(f"stripe.params.{module}")
    wanted = module.rpartition(".")[2].replace("_", "")
    return next(c for n, c in vars(loaded).items() if n.lower() == wanted)


@functools.cache
def checker(module: str) -> Check:
    loaded = importlib.import_module(f"stripe.params.{module}")
    return _dict_check(typed_dict(module), {**vars(typing), **vars(loaded), **_NAMES})


def _dict_check(typed: Any, names: dict[str, Any]) -> Check:
    hints = typing_extensions.get_type_hints(typed, names, names)
    required = [k for k in typed.__required_keys__ if k not in _NOT_PARAMETERS]
    # Nested checks are made when first needed: Stripe's types run to thousands of fields.
    types = {k: v for k, v in hints.items() if k not in _NOT_PARAMETERS}
    made: dict[str, Check] = {}

    def check(value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise malformed("Invalid object", param=path, code="parameter_invalid_object")
        clean: dict[str, Any] = {}
        for name, item in value.items():
            where = f"{path}[{name}]" if path else name
            if name not in types:
                raise malformed(
                    f"Received unknown parameter: {where}", param=where, code="parameter_unknown"
                )
            if name not in made:
                made[name] = _make(types[name], names)
            clean[name] = made[name](item, where)
        for name in required:
            if name not in clean:
                where = f"{path}[{name}]" if path else name
                raise malformed(
                    f"Missing required param: {where}.", param=where, code="parameter_missing"
                )
        return clean

    return check


def _make(hint: Any, names: dict[str, Any]) -> Check:
    if typing_extensions.is_typeddict(hint):
        return _dict_check(hint, names)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return _union(list(args), names)
    if origin in (typing_extensions.NotRequired, typing_extensions.Required):
        return _make(args[0], names)
    if origin is Literal:
        return _literal(frozenset(args))
    if origin is list:
        return _list(_make(args[0], names))
    if origin in (dict, UntypedStripeObject):
        return _mapping
    return {int: _integer, bool: _boolean, Decimal: _decimal, float: _decimal}.get(hint, _string)


def _union(options: list[Any], names: dict[str, Any]) -> Check:
    enums = [o for o in options if typing.get_origin(o) is Literal]
    named = frozenset(value for enum in enums for value in typing.get_args(enum))
    if named - {""}:
        # The SDK writes `Literal[...] | str` to stay open to newer values; Stripe itself does not.
        options = [o for o in options if o is not str]
    rest = [_make(o, names) for o in options if o not in enums and o is not type(None)]
    literal = _literal(named) if named else None

    def check(value: Any, path: str) -> Any:
        if literal is not None and isinstance(value, str) and (value in named or not rest):
            return literal(value, path)
        fitting = [c for c in rest if isinstance(value, dict) != (c in _SCALARS)]
        for option in fitting[:-1]:
            try:
                return option(value, path)
            except ApiError:
                continue
        if not fitting:
            raise malformed(f"Invalid {path}", param=path)
        return fitting[-1](value, path)

    return check


def _literal(allowed: frozenset[Any]) -> Check:
    def check(value: Any, path: str) -> Any:
        if value not in allowed:
            shown = ", ".join(sorted(str(a) for a in allowed)[:12])
            raise malformed(f"Invalid {path}: must be one of {shown}", param=path)
        return value

    return check


def _list(item: Check) -> Check:
    def check(value: Any, path: str) -> list[Any]:
        if not isinstance(value, dict) or not all(k.isdigit() for k in value):
            raise malformed("Invalid array", param=path, code="parameter_invalid_array")
        ordered = sorted(value, key=int)
        return [item(value[k], f"{path}[{k}]") for k in ordered]

    return check


def _string(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise malformed("Invalid string", param=path, code="parameter_invalid_string")
    if value == "":
        raise malformed(
            f"You passed an empty string for '{path}', which cannot be unset.",
            param=path, code="parameter_invalid_empty",
        )  # fmt: skip
    most = 20_000 if path.startswith("evidence[") else 5000
    if len(value) > most:
        raise malformed(f"Invalid string: {path} is longer than {most} characters", param=path)
    return value


def _integer(value: Any, path: str) -> int:
    if not isinstance(value, str) or not _INTEGER.match(value):
        raise malformed(f"Invalid integer: {value}", param=path, code="parameter_invalid_integer")
    return int(value)


def _decimal(value: Any, path: str) -> str:
    return _string(value, path)


def _boolean(value: Any, path: str) -> bool:
    if value not in ("true", "false"):
        raise malformed(f"Invalid boolean: {value}", param=path)
    return value == "true"


def _mapping(value: Any, path: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise malformed("Invalid object", param=path, code="parameter_invalid_object")
    for key, text in value.items():
        if len(key) > 40 or len(text) > 500:
            raise malformed(
                "Metadata keys are limited to 40 characters, values to 500.",
                param=f"{path}[{key}]",
            )
    if len(value) > 50:
        raise malformed("Metadata is limited to 50 keys.", param=path)
    return value


_SCALARS = frozenset({_string, _integer, _decimal, _boolean})
