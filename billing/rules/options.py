"""Which way to more sessions is the cheapest, tax included. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Comparison:
    """A booster beside the same sessions one by one; all amounts with tax, in minor units.

    `saves_cents` is what the booster saves: none or less where it does not.
    """

    sessions: int
    overage_cents: int
    booster_cents: int

    @property
    def saves_cents(self) -> int:
        return self.overage_cents - self.booster_cents

    @property
    def booster_is_cheaper(self) -> bool:
        """A tie goes to single sessions: they are paid as they are used, and do not expire."""
        return self.saves_cents > 0


def compare(*, sessions: int, overage_each_cents: int, booster_cents: int) -> Comparison:
    """A booster of `sessions` against as many single ones, each invoiced by itself."""
    if sessions < 1:
        raise ValueError("a booster has at least one session")
    return Comparison(sessions, sessions * overage_each_cents, booster_cents)
