"""How what is owed of a product became what is owed now: every cent has gone one way. Pure.

opening + sold + changes - redeemed - voided - expired (breakage, refundable) - refunded = closing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

OPENING = ""  # instead of a kind: all that came before, on the deferred accounts alone
SOLD = ("sale",)
REDEEMED = ("redemption", "redemption_undone", "time_earned", "change_earned")
EXPIRED = ("expiry", "expiry_undone")
# Undoes in one entry what was delivered and what had expired.
TAKEN_BACK = "taken_back"
VOIDED = ("credit_note", "dispute_lost")
REFUNDED = ("refund_promised",)
_SIDES = {"breakage": "breakage_cents", "expired_refundable": "refundable_cents"}


class LineSum(NamedTuple):
    """What one kind of event moved on an account of a location for one product; credit positive.

    `account` is a deferred one, or breakage or expired_refundable.
    """

    location_id: UUID
    account: str
    product: str
    kind: str
    credit_cents: int


class LineKey(NamedTuple):
    """A line of the roll-forward: a location's product, in sessions or in time."""

    location_id: UUID
    account: str
    product: str


@dataclass(slots=True)
class RollForward:
    """One line, in minor units; what leaves is positive and taken off."""

    opening_cents: int = 0
    sold_cents: int = 0
    changes_cents: int = 0
    redeemed_cents: int = 0
    voided_cents: int = 0
    breakage_cents: int = 0
    refundable_cents: int = 0
    refunded_cents: int = 0

    @property
    def closing_cents(self) -> int:
        """What is still owed at the end."""
        off = self.redeemed_cents + self.voided_cents + self.refunded_cents
        off += self.breakage_cents + self.refundable_cents
        return self.opening_cents + self.sold_cents + self.changes_cents - off

    def amounts(self) -> tuple[int, ...]:
        """Every figure, the closing one last."""
        return (*_MOVED(self), self.closing_cents)

    def cents(self) -> dict[str, int]:
        """The same by name."""
        return dict(zip(_FIGURES, self.amounts(), strict=True))


_MOVED: Callable[[RollForward], tuple[int, ...]] = attrgetter(
    *(one.name for one in fields(RollForward))
)
_FIGURES = (*(one.name for one in fields(RollForward)), "closing_cents")


def roll_forward(sums: Iterable[LineSum]) -> Mapping[LineKey, RollForward]:
    """The lines in order."""
    found = defaultdict[LineKey, RollForward](RollForward)
    for at, account, product, kind, credit_cents in sums:
        if account in _SIDES:
            if kind in (*EXPIRED, TAKEN_BACK):
                line = found[LineKey(at, "deferred_sessions", product)]
                _add(line, _SIDES[account], credit_cents)
                # The deferred side of the same entry is counted as redeemed.
                line.redeemed_cents -= credit_cents
            continue
        name, sign = _way_of(kind)
        _add(found[LineKey(at, account, product)], name, sign * credit_cents)
    return dict(sorted(found.items()))


def _add(line: RollForward, name: str, cents: int) -> None:
    setattr(line, name, getattr(line, name) + cents)


def _way_of(kind: str) -> tuple[str, int]:
    if kind == OPENING:
        return "opening_cents", 1
    if kind in SOLD:
        return "sold_cents", 1
    if kind in REDEEMED or kind in EXPIRED or kind == TAKEN_BACK:
        return "redeemed_cents", -1
    if kind in VOIDED:
        return "voided_cents", -1
    if kind in REFUNDED:
        return "refunded_cents", -1
    return "changes_cents", 1
