"""Runs the checks that each floor registers. Read-only, any database, any time.

Most promises are queries for what breaks them. All of those are asked in one statement, written
once: of a sound database, however small, only that one is paid for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import chain
from typing import Any

import sqlalchemy as sa

from config.db import core, db, snapshot

Check = Callable[[], Iterable[str]]
Query = Callable[[], sa.Select]
Sentence = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant's result; `violations` is empty when it holds."""

    code: str
    promise: str
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Breach:
    """A check that is a query without parameters: every row of it breaks the promise."""

    query: Query
    sentence: Sentence

    def __call__(self) -> Iterator[str]:
        """A sentence for each row."""
        for row in core(self.query()):
            yield self.sentence(row)


@dataclass(frozen=True, slots=True)
class Registered:
    """An invariant: its code, what it promises, and the checks that find what breaks it."""

    code: str
    promise: str
    checks: tuple[Check, ...]


class Doctor:
    """An ordered list of invariants, filled by the floors when the app is built."""

    def __init__(self) -> None:
        self._invariants: list[Registered] = []

    def register(self, code: str, promise: str, *checks: Check) -> None:
        """Add an invariant; each check yields a sentence for each violation."""
        if any(one.code == code for one in self._invariants):
            raise ValueError(f"invariant {code} is registered twice")
        self._invariants.append(Registered(code, promise, checks))

    def codes(self) -> tuple[str, ...]:
        """What is promised, by its codes, in order."""
        return tuple(one.code for one in self._invariants)

    def examine(self, *, codes: Sequence[str] = (), limit: int = 20) -> list[Finding]:
        """Look at all (or those named) on one snapshot; at most `limit` violations of each."""
        wanted = [one for one in self._invariants if not codes or one.code in codes]
        with snapshot():
            kept = _kept(tuple(c for one in wanted for c in one.checks if isinstance(c, Breach)))
            return [
                Finding(one.code, one.promise, tuple(_first(_complaints(one, kept), limit)))
                for one in wanted
            ]


def breach(sentence: Sentence) -> Callable[[Query], Breach]:
    """Make a query a check: `sentence` tells what a row of it says. It is built once."""
    return lambda query: Breach(cache(query), sentence)


def differing(said: sa.Select, meant: sa.Select) -> sa.Select:
    """Keys under which two queries sum to different amounts, with the sums `said` and `meant`.

    Each query gives the same keys and then one amount.
    """
    *keys, amount = said.subquery().c
    others = meant.subquery().c
    both = sa.union_all(
        sa.select(*keys, amount.label("said"), sa.literal(0).label("meant")),
        sa.select(*list(others)[:-1], sa.literal(0), list(others)[-1]),
    ).subquery()
    under = [both.c[key.name] for key in keys]
    says, means = sa.func.sum(both.c.said), sa.func.sum(both.c.meant)
    sums = (
        sa.cast(says, sa.BigInteger).label("said"),
        sa.cast(means, sa.BigInteger).label("meant"),
    )
    return sa.select(*under, *sums).group_by(*under).having(says != means)


def as_json(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Findings as plain values for `--json`."""
    return [asdict(f) for f in findings]


def _kept(asked: tuple[Breach, ...]) -> frozenset[Breach]:
    """Those of the checks that find nothing now."""
    if not asked:
        return frozenset()
    connection = db.session.connection()
    counts = connection.exec_driver_sql(_counting(asked, connection.dialect.name)).one()
    return frozenset(one for one, count in zip(asked, counts, strict=True) if not count)


@cache
def _counting(asked: tuple[Breach, ...], dialect: str) -> str:
    """One statement that counts the rows of every query.

    It counts rather than asks whether there are any: PostgreSQL would plan to find the first row
    soon, and of a sound database there is none.
    """
    rows = [one.query().order_by(None).subquery() for one in asked]
    counts = [sa.select(sa.func.count()).select_from(found).scalar_subquery() for found in rows]
    written = sa.select(*counts).compile(db.engine, compile_kwargs={"literal_binds": True})
    assert written.dialect.name == dialect
    return str(written)


def _complaints(one: Registered, kept: frozenset[Breach]) -> Iterator[str]:
    return chain.from_iterable(check() for check in one.checks if check not in kept)


def _first(found: Iterable[str], limit: int) -> Iterable[str]:
    for n, violation in enumerate(found):
        if n == limit:
            yield f"... and more than {limit}"
            return
        yield violation
