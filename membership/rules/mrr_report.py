"""The movement of monthly recurring revenue: opening, what came and went, closing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

# The order of the report; what grows first.
KINDS: Final = (
    "new",
    "reactivation",
    "expansion",
    "resumed",
    "moved_in",
    "contraction",
    "churn",
    "frozen",
    "moved_out",
)


class Sum(NamedTuple):
    """What one kind of move added to a location's MRR in a month, and to the number of plans
    that count; minor units, with its sign.
    """

    location_id: UUID
    month: date
    kind: str
    delta_cents: int
    delta_plans: int = 0


@dataclass(frozen=True, slots=True)
class Movement:
    """A location's month: `moved` has an amount for every kind in the report's order, negative
    where it shrinks.
    """

    location_id: UUID
    month: date
    opening_cents: int
    moved: dict[str, int]
    closing_cents: int


def movements(
    opening: dict[UUID, int], sums: Iterable[Sum], *, months: Iterable[date]
) -> list[Movement]:
    """Every month of every location in `opening`, each opening with the close of the one before."""
    still: dict[str, int] = dict.fromkeys(KINDS, 0)
    by_place: dict[UUID, dict[date, dict[str, int]]] = {place: {} for place in opening}
    for place, month, kind, delta_cents, _ in sums:
        by_place[place].setdefault(month, still.copy())[kind] += delta_cents
    stands = dict(opening)
    found = []
    for month in sorted(months):
        for place, before in stands.items():
            moved = by_place[place].get(month, still)
            stands[place] = before + sum(moved.values())
            found.append(Movement(place, month, before, moved, stands[place]))
    return found


def moved_in_all(rows: Iterable[Movement]) -> dict[str, int]:
    """What each kind moved in all of these."""
    sums: dict[str, int] = dict.fromkeys(KINDS, 0)
    for row in rows:
        for kind, cents in row.moved.items():
            sums[kind] += cents
    return sums
