"""What should be in a drawer, and what a count makes of it. Whole minor units, pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from config.errors import Refused

REFUSALS: Final = {
    "till_open": "A till is open here already.",
    "till_closed": "The till is closed: open it with a count first.",
    "not_in_drawer": "There is less than that in the drawer.",
}


@dataclass(frozen=True, slots=True)
class Flow:
    """What came into a session and what left it; nothing is negative but `left_cents` can be.

    Refunds and gift cards that were cashed are cash out of the drawer, except
    `terminal_back_cents`, which a terminal gave back.
    """

    opening_cents: int
    cash_cents: int
    terminal_cents: int
    paid_in_cents: int
    paid_out_cents: int
    deposit_cents: int
    refunded_cents: int
    cashed_cents: int
    terminal_back_cents: int

    @property
    def drawer_cents(self) -> int:
        """The cash that should be counted."""
        came = self.opening_cents + self.cash_cents + self.paid_in_cents
        left = self.paid_out_cents + self.deposit_cents + self.refunded_cents + self.cashed_cents
        return came - left

    @property
    def slips_cents(self) -> int:
        """What the terminal should have taken, less what it gave back."""
        return self.terminal_cents - self.terminal_back_cents


@dataclass(frozen=True, slots=True)
class Count:
    """A count at the end of a session: over is positive, short negative."""

    over_cents: int
    slips_over_cents: int


def counted(flow: Flow, *, counted_cents: int, slips_cents: int) -> Count:
    """What a count of the drawer, and of the terminal's own total, differs by."""
    return Count(counted_cents - flow.drawer_cents, slips_cents - flow.slips_cents)


def opening_difference(*, counted_cents: int, left_cents: int | None) -> int:
    """What a drawer holds more than was left in it; all of it where it was never counted."""
    return counted_cents - (left_cents or 0)


def refuse(code: str) -> Refused:
    """The refusal of this name, in words for the desk."""
    return Refused(code, REFUSALS[code])
