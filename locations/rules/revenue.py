"""From sums of the books to the figures that owners read; whole minor units throughout.

Cash counts where it was sold, earned where it was delivered; the two are never mixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import NamedTuple
from uuid import UUID

from locations.rules.entries import SOLD_TO

EARNED = frozenset({"earned_sessions", "earned_time", "overage", "fees"})
DEFERRED = frozenset({"deferred_sessions", "deferred_time"})
CASH = frozenset({"stripe_clearing", "till"})
# Events that sell or take a sale back; other movements on the same accounts are not sales.
SELLING = frozenset({"sale", "credit_note", "refund_promised"})
# Events between a member and us; a payout or deposit only moves what was received.
RECEIVING = frozenset({"payment", "refund"})


class MonthSum(NamedTuple):
    """What one account moved in one location and month by one kind of event; credit positive."""

    location_id: UUID
    month: date
    account: str
    kind: str
    credit_cents: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a location and month, or of several together."""

    net_sales_cents: int
    tax_cents: int
    cash_cents: int
    earned_cents: int
    breakage_cents: int
    deferred_close_cents: int

    def cents(self) -> dict[str, int]:
        """The figures alone, by name."""
        return {name: getattr(self, name) for name in FIGURES}


FIGURES = tuple(field.name for field in fields(Figures))


def figures(
    sums: Iterable[MonthSum], *, location_ids: Sequence[UUID], months: Sequence[date]
) -> Mapping[tuple[UUID, date], Figures]:
    """The figures of every location and month, `months` being consecutive and ascending.

    `sums` reach back to the beginning of the books for the deferred accounts, since what is
    still owed at a month's end is the sum of all that came before.
    """
    moved: dict[tuple[UUID, date], dict[str, int]] = {}
    for location_id, month, account, kind, credit_cents in sums:
        cell = moved.setdefault((location_id, month), {})
        for figure in _figures_of(account, kind):
            cell[figure] = cell.get(figure, 0) + credit_cents
    found: dict[tuple[UUID, date], Figures] = {}
    for location_id in location_ids:
        owed = sum(
            cell.get("deferred", 0)
            for (at, month), cell in moved.items()
            if at == location_id and month < months[0]
        )
        for month in months:
            cell = moved.get((location_id, month), {})
            owed += cell.get("deferred", 0)
            found[location_id, month] = Figures(
                net_sales_cents=cell.get("net_sales", 0),
                tax_cents=cell.get("tax", 0),
                # Received money is a debit.
                cash_cents=-cell.get("cash", 0),
                earned_cents=cell.get("earned", 0),
                breakage_cents=cell.get("breakage", 0),
                deferred_close_cents=owed,
            )
    return found


def together(cells: Mapping[tuple[UUID, date], Figures], *, last: date) -> Figures:
    """The group's figures over all months; what is owed is owed at the end of the last one."""
    every = cells.values()
    return Figures(
        net_sales_cents=sum(c.net_sales_cents for c in every),
        tax_cents=sum(c.tax_cents for c in every),
        cash_cents=sum(c.cash_cents for c in every),
        earned_cents=sum(c.earned_cents for c in every),
        breakage_cents=sum(c.breakage_cents for c in every),
        deferred_close_cents=sum(
            c.deferred_close_cents for (_, month), c in cells.items() if month == last
        ),
    )


def _figures_of(account: str, kind: str) -> tuple[str, ...]:
    """Which figures a movement belongs to: an overage, say, is sold and earned at once."""
    found = []
    if account in SOLD_TO and kind in SELLING:
        found.append("net_sales")
    if account == "sales_tax" and kind in SELLING:
        found.append("tax")
    if account in CASH and kind in RECEIVING:
        found.append("cash")
    if account in EARNED:
        found.append("earned")
    if account == "breakage":
        found.append("breakage")
    if account in DEFERRED:
        found.append("deferred")
    return tuple(found)
