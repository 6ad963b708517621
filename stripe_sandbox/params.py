"""Parameters checked against the SDK's own typed parameters, so a typo fails here as at Stripe.

Two questions are asked of every parameter: does Stripe know it and is its value of the right type
(the TypedDicts of `stripe.params`), and does the sandbox act on it? A parameter that Stripe knows
and the sandbox would ignore is refused too, for a silent shrug would flatter the caller.
"""

from __future__ import annotations

import functools
import re
from typing import Any
from urllib.parse import parse_qsl

from stripe_sandbox import multipart
from stripe_sandbox.checks import checker, typed_dict
from stripe_sandbox.errors import malformed
from stripe_sandbox.wire import Request

_KEY = re.compile(r"([^\[\]]+)|\[([^\[\]]*)\]")


def given(request: Request) -> tuple[str, bytes]:
    """A request's parameters as text, and what stands for them under an idempotency key."""
    if request.method in ("GET", "DELETE"):
        return request.query, request.body
    kind = request.headers.get("content-type", "")
    if multipart.is_upload(kind):
        return multipart.as_form(kind, request.body)
    try:
        return request.body.decode("utf-8"), request.body
    except UnicodeDecodeError:
        raise malformed("Invalid UTF-8 in the request body.") from None


def parse(text: str) -> dict[str, Any]:
    """`a[b]=1&c[0]=2` as nested dicts of strings; lists stay dicts of numbers until checked."""
    result: dict[str, Any] = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError:
        raise malformed("Invalid request parameters: not UTF-8, or too many.") from None
    for key, value in pairs:
        if "[" not in key:
            result[key] = value
            continue
        steps = [a or b for a, b in _KEY.findall(key)]
        node = result
        for step in steps[:-1]:
            child = node.setdefault(step, {})
            if not isinstance(child, dict):
                raise malformed(f"Invalid parameter: {key}", param=steps[0])
            node = child
        last = steps[-1] if steps[-1] else str(len(node))
        node[last] = value
    return result


class Schema:
    """What one endpoint accepts. `handled` names dotted paths; `x.*` means anything below x."""

    def __init__(self, module: str | None, handled: str) -> None:
        self._module = module
        self._handled = frozenset(handled.split())
        parts = [name.split(".") for name in self._handled]
        self._known = self._handled | {".".join(p[:n]) for p in parts for n in range(1, len(p))}

    def read(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Checked and typed parameters; raises a refusal naming the parameter at fault."""
        if not raw and (self._module is None or not self._check_is_strict):
            return {}
        if self._module is None:
            raise malformed(
                f"Received unknown parameter: {next(iter(raw))}",
                param=next(iter(raw)), code="parameter_unknown",
            )  # fmt: skip
        values = checker(self._module)(raw, "")
        self._refuse_unmodelled(values, "")
        return values

    @functools.cached_property
    def _check_is_strict(self) -> bool:
        return bool(typed_dict(self._module or "").__required_keys__)

    def _refuse_unmodelled(self, values: dict[str, Any], prefix: str) -> None:
        for name, value in values.items():
            path = f"{prefix}{name}"
            if f"{path}.*" in self._handled:
                continue
            if path not in self._known:
                raise malformed(
                    f"Stripe knows `{path}`, but this sandbox does not model it.",
                    param=path, code="sandbox_unsupported_parameter",
                )  # fmt: skip
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    self._refuse_unmodelled(item, f"{path}.")
