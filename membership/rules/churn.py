"""How many plans came and went, what share of them left, and what one is worth. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from config.money import half_up, major_text
from membership.rules.mrr_report import Movement, Sum

# How a plan begins or ceases to count; a larger or smaller one goes on.
COMES: Final = {
    "joined": ("new", "reactivation"),
    "resumed": ("resumed",),
    "moved_in": ("moved_in",),
    "left": ("churn",),
    "on_hold": ("frozen",),
    "moved_out": ("moved_out",),
    "otherwise": ("expansion", "contraction"),
}
_WAY: Final = {kind: way for way, kinds in COMES.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class Plans:
    """A location's month in plans that count, with its recurring revenue in minor units.

    `moved` has a number for every way, negative where plans go; `closing` is how many
    count at the month's end.
    """

    location_id: UUID
    month: date
    opening: int
    moved: Mapping[str, int]
    closing: int
    revenue: Movement


def counted(
    opening: Mapping[UUID, int], sums: Iterable[Sum], revenue: Iterable[Movement]
) -> list[Plans]:
    """The plans of every month of `revenue`, which has months in order, place by place."""
    still: dict[str, int] = dict.fromkeys(COMES, 0)
    moved: dict[tuple[UUID, date], dict[str, int]] = {}
    for place, month, kind, _, delta_plans in sums:
        cell = moved.get((place, month))
        if cell is None:
            cell = moved[place, month] = still.copy()
        cell[_WAY[kind]] += delta_plans
    stands = dict(opening)
    found: list[Plans] = []
    for one in revenue:
        place, month = one.location_id, one.month
        cell, before = moved.get((place, month), still), stands[place]
        stands[place] = before + sum(cell.values())
        found.append(Plans(place, month, before, cell, stands[place], one))
    return found


def share_text(part: int, *, of: int) -> str:
    """A share in percent with one decimal, half up; empty where there was nothing."""
    return f"{major_text(half_up(1000 * part, of), digits=1)}%" if of else ""


def each_cents(cents: int, *, plans: int) -> int:
    """What one of these plans brings a month, half up to the minor unit; 0 without any."""
    return half_up(cents, plans) if plans else 0
