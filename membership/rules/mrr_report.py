"""The movement of monthly recurring revenue: opening, what came and went, closing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
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


@dataclass(frozen=True, slots=True)
class Sum:
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
    """A location's month: `moved` has an amount for every kind, negative where it shrinks."""

    location_id: UUID
    month: date
    opening_cents: int
    moved: dict[str, int]

    @property
    def closing_cents(self) -> int:
        return self.opening_cents + sum(self.moved.values())


def movements(
    opening: dict[UUID, int], sums: Iterable[Sum], *, months: Iterable[date]
) -> list[Movement]:
    """Every month of every location in `opening`, each opening with the close of the one before."""
    by_place: dict[tuple[UUID, date], dict[str, int]] = {}
    for one in sums:
        moved = by_place.setdefault((one.location_id, one.month), {})
        moved[one.kind] = moved.get(one.kind, 0) + one.delta_cents
    stands = dict(opening)
    found = []
    for month in sorted(months):
        for place in opening:
            moved = by_place.get((place, month), {})
            row = Movement(
                place, month, stands[place], {kind: moved.get(kind, 0) for kind in KINDS}
            )
            stands[place] = row.closing_cents
            found.append(row)
    return found


def moved_in_all(rows: Iterable[Movement]) -> dict[str, int]:
    """What each kind moved in all of these."""
    sums: dict[str, int] = dict.fromkeys(KINDS, 0)
    for row in rows:
        for kind, cents in row.moved.items():
            sums[kind] += cents
    return sums
