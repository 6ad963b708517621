"""Runs the checks that each floor registers. Read-only, any database, any time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from config.db import snapshot

Check = Callable[[], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant's result; `violations` is empty when it holds."""

    code: str
    promise: str
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """An invariant: its code, what it promises, and the query that finds what breaks it."""

    code: str
    promise: str
    check: Check


class Doctor:
    """An ordered list of invariants, filled by the floors when the app is built."""

    def __init__(self) -> None:
        self._checks: list[Registered] = []

    def register(self, code: str, promise: str, check: Check) -> None:
        """Add an invariant; `check` yields a sentence for each violation."""
        if any(c.code == code for c in self._checks):
            raise ValueError(f"invariant {code} is registered twice")
        self._checks.append(Registered(code, promise, check))

    def examine(self, *, codes: Sequence[str] = (), limit: int = 20) -> list[Finding]:
        """Run all checks (or those named) on one snapshot; at most `limit` violations each."""
        with snapshot():
            return [
                Finding(c.code, c.promise, tuple(_first(c.check(), limit)))
                for c in self._checks
                if not codes or c.code in codes
            ]


def as_json(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Findings as plain values for `--json`."""
    return [asdict(f) for f in findings]


def _first(found: Iterable[str], limit: int) -> Iterable[str]:
    for n, violation in enumerate(found):
        if n == limit:
            yield f"... and more than {limit}"
            return
        yield violation
