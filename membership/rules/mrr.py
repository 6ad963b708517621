"""How a change of a plan moves the monthly recurring revenue. Pure; minor units a month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple
from uuid import UUID

from config.money import half_up

COUNTED: Final = frozenset({"active", "grace", "locked"})
Kind = Literal[
    "new",
    "expansion",
    "contraction",
    "churn",
    "reactivation",
    "frozen",
    "resumed",
    "moved_in",
    "moved_out",
]


class Move(NamedTuple):
    """One dated change of MRR at a location; negative where it shrinks."""

    location_id: UUID
    kind: Kind
    delta_cents: int


def monthly_cents(price_cents: int, *, interval_count: int, interval_unit: str) -> int:
    """A period's price as a month's: a year has 12 months, or 52 weeks; half up to the cent."""
    if interval_unit == "month":
        return half_up(price_cents, interval_count)
    return half_up(price_cents * 52, 12 * interval_count)


def moves(
    stands: Mapping[UUID, int], wanted: Mapping[UUID, int], *, cause: str, again: bool
) -> list[Move]:
    """The moves from what stands to what is wanted, by location; none where both are equal.

    `again` tells that the member had a plan before this one.
    """
    found: list[Move] = []
    if cause == "moved" and stands and wanted and stands.keys() != wanted.keys():
        found += [Move(place, "moved_out", -cents) for place, cents in stands.items()]
        found += [Move(place, "moved_in", cents) for place, cents in wanted.items()]
        return found
    for place in sorted({*stands, *wanted}):
        delta = wanted.get(place, 0) - stands.get(place, 0)
        if delta:
            found.append(Move(place, _kind(cause, delta, again=again), delta))
    return found


def _kind(cause: str, delta_cents: int, *, again: bool) -> Kind:
    if cause == "started":
        return "reactivation" if again else "new"
    if cause == "ended":
        return "churn"
    if cause == "frozen":
        return "frozen"
    if cause == "resumed":
        return "resumed"
    return "expansion" if delta_cents > 0 else "contraction"
