"""How what is owed of a product became what is owed now: every cent has gone one way. Pure.

opening + sold + changes - redeemed - voided - expired (breakage, refundable) - refunded = closing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import NamedTuple
from uuid import UUID

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

    def cents(self) -> dict[str, int]:
        """Every figure by name, the closing one last."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**values, "closing_cents": self.closing_cents}


def roll_forward(
    opening: Iterable[LineSum], moved: Iterable[LineSum]
) -> Mapping[LineKey, RollForward]:
    """The lines in order; `opening` is all that came before, on the deferred accounts alone."""
    found: dict[LineKey, RollForward] = {}
    for one in opening:
        line = found.setdefault(LineKey(one.location_id, one.account, one.product), RollForward())
        line.opening_cents += one.credit_cents
    for one in moved:
        if one.account in _SIDES:
            _expired(found, one)
            continue
        line = found.setdefault(LineKey(one.location_id, one.account, one.product), RollForward())
        name, sign = _ways_of(one.kind)
        setattr(line, name, getattr(line, name) + sign * one.credit_cents)
    return dict(sorted(found.items()))


def _expired(found: dict[LineKey, RollForward], one: LineSum) -> None:
    """The other side of what expired, or of an expiry that was taken back."""
    if one.kind not in (*EXPIRED, TAKEN_BACK):
        return
    key = LineKey(one.location_id, "deferred_sessions", one.product)
    line = found.setdefault(key, RollForward())
    name = _SIDES[one.account]
    setattr(line, name, getattr(line, name) + one.credit_cents)
    # The deferred side of the same entry is counted as redeemed.
    line.redeemed_cents -= one.credit_cents


def _ways_of(kind: str) -> tuple[str, int]:
    if kind in SOLD:
        return "sold_cents", 1
    if kind in REDEEMED or kind in EXPIRED or kind == TAKEN_BACK:
        return "redeemed_cents", -1
    if kind in VOIDED:
        return "voided_cents", -1
    if kind in REFUNDED:
        return "refunded_cents", -1
    return "changes_cents", 1
