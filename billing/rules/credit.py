"""What is credited of an invoice: net, and its share of the tax that was charged. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from billing.rules.standings import (
    CreditLine,
    Standing,
    by_product,
    opposite,
    parts_of,
    standings,
    turned,
)
from config.money import half_up
from locations.rules.entries import SaleLine

# What a sale still owes its member; fees and sessions given beyond a plan are earned at once.
DEFERRED = frozenset({"deferred_sessions", "deferred_time"})
GOODWILL = "concessions"


@dataclass(frozen=True, slots=True)
class Credited:
    """A credit in minor units; what is kept is the original less this."""

    lines: tuple[CreditLine, ...]

    @property
    def net_cents(self) -> int:
        return sum(line.net_cents for line in self.lines)

    @property
    def tax_cents(self) -> int:
        return sum(line.tax_cents for line in self.lines)

    @property
    def total_cents(self) -> int:
        return self.net_cents + self.tax_cents


def creditable_cents(lines: Sequence[SaleLine], before: Sequence[CreditLine]) -> int:
    """What the deferred lines may still give up, before tax; `before` was credited.

    All together: what a change of plan took away under another tax or account counts against
    what it brought, for the two were one bill.
    """
    return max(0, sum(one.unreleased_cents for one in _deferred(lines, before)))


def _deferred(lines: Sequence[SaleLine], before: Sequence[CreditLine]) -> list[Standing]:
    return [
        one
        for one in standings(lines, before)
        if one.sold.liability_account in DEFERRED and one.unreleased_cents
    ]


def share(
    lines: Sequence[SaleLine], before: Sequence[CreditLine], *, unused_cents: int
) -> Credited:
    """Credit `unused_cents` net of what the lines promised and did not deliver, with its tax.

    The tax is the share of the tax charged of all that was credited so far, less what was
    credited of it `before`: parts sum, and all of a line credits all of its tax. Goodwill given
    before is never paid a second time. ValueError where more is asked for than is left.
    """
    deferred = _deferred(lines, before)
    if unused_cents == 0:
        return Credited(())
    parts = parts_of(unused_cents, [one.unreleased_cents for one in deferred])
    return Credited(
        tuple(
            line
            for one, part in zip(deferred, parts, strict=True)
            if part
            for line in _released(one, part)
        )
    )


def whole(lines: Sequence[SaleLine], before: Sequence[CreditLine]) -> Credited:
    """Credit everything that was not credited before, fees and all their tax included.

    By product as well: what a change of plan had moved from one to another goes back to both.
    """
    return Credited(
        tuple(
            line
            for one in by_product(lines, before)
            for line in _released(one, one.unreleased_cents)
        )
    )


def _released(one: Standing, net_cents: int) -> list[CreditLine]:
    """An account gives up a part; what goodwill has paid of it already becomes its own again."""
    if one.sold.net_cents < 0:
        return [turned(line) for line in _released(opposite(one), -net_cents)]
    paid_before = max(0, net_cents - one.left_cents) if one.conceded_cents else 0
    tax = _tax(one, net_cents - paid_before)
    lines = [_line(one, one.sold.liability_account, net_cents, tax)]
    if paid_before:
        lines.append(_line(one, GOODWILL, -paid_before, 0))
    return [line for line in lines if line.net_cents or line.tax_cents]


def _tax(one: Standing, net_cents: int) -> int:
    """The tax that goes back with a part: the share of all so far, less what went back."""
    so_far = one.released_cents + one.conceded_cents + net_cents
    if so_far == one.sold.net_cents:
        return one.left_tax_cents
    return half_up(one.sold.tax_cents * so_far, one.sold.net_cents) - one.credited_tax_cents


def _line(one: Standing, account: str, net_cents: int, tax_cents: int) -> CreditLine:
    sold = one.sold
    return CreditLine(
        sold.product, account, net_cents, sold.tax_name, tax_cents, sold.liability_account
    )
