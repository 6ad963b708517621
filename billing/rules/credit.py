"""What is credited of an invoice: net, and its share of the tax that was charged. Pure.

Lines that were booked to one account under one tax are one sum here: a plan changed in the middle
of its period has a line that takes the old terms away and a line that brings the new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from config.money import allocate_by, half_up
from locations.rules.entries import SaleLine

# What a sale still owes its member; fees and sessions given beyond a plan are earned at once.
DEFERRED = frozenset({"deferred_sessions", "deferred_time"})
GOODWILL = "concessions"


class CreditLine(NamedTuple):
    """A line of a credit note: `liability_account` is debited, for what was sold to `sold_as`.

    The two differ where money goes back out of goodwill and the member keeps what was bought.
    """

    product: str
    liability_account: str
    net_cents: int
    tax_name: str
    tax_cents: int
    sold_as: str


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


class Standing(NamedTuple):
    """What was sold to one account under one tax, and what was credited of it so far.

    `released_cents` went back to that account, `conceded_cents` out of goodwill; net, and
    `credited_tax_cents` with both.
    """

    sold: SaleLine
    released_cents: int
    conceded_cents: int
    credited_tax_cents: int

    @property
    def unreleased_cents(self) -> int:
        """Net that the account may still give up."""
        return self.sold.net_cents - self.released_cents

    @property
    def left_cents(self) -> int:
        """Net for which money may still go back."""
        return self.unreleased_cents - self.conceded_cents

    @property
    def left_tax_cents(self) -> int:
        return self.sold.tax_cents - self.credited_tax_cents


def standings(lines: Sequence[SaleLine], before: Sequence[CreditLine]) -> list[Standing]:
    """What was sold by account and tax, in the order of its lines, beside what was credited."""
    return _standings(lines, before, lambda line: "")


def _standings(
    lines: Sequence[SaleLine],
    before: Sequence[CreditLine],
    within: Callable[[SaleLine | CreditLine], str],
) -> list[Standing]:
    """The same, and by whatever else tells lines of one account and tax apart."""
    found: dict[tuple[str, str, str], Standing] = {}
    for line in lines:
        key = (line.liability_account, line.tax_name, within(line))
        held = found.get(key)
        if held is not None:
            line = line._replace(
                net_cents=held.sold.net_cents + line.net_cents,
                tax_cents=held.sold.tax_cents + line.tax_cents,
            )
        found[key] = Standing(line, 0, 0, 0)
    for gone in before:
        key = (gone.sold_as, gone.tax_name, within(gone))
        one = found[key]
        conceded = gone.net_cents if gone.liability_account != gone.sold_as else 0
        found[key] = one._replace(
            released_cents=one.released_cents + gone.net_cents - conceded,
            conceded_cents=one.conceded_cents + conceded,
            credited_tax_cents=one.credited_tax_cents + gone.tax_cents,
        )
    return list(found.values())


def creditable_cents(lines: Sequence[SaleLine], before: Sequence[CreditLine]) -> int:
    """What the deferred lines may still give up, before tax; `before` was credited."""
    return sum(
        max(0, one.unreleased_cents)
        for one in standings(lines, before)
        if one.sold.liability_account in DEFERRED
    )


def share(
    lines: Sequence[SaleLine], before: Sequence[CreditLine], *, unused_cents: int
) -> Credited:
    """Credit `unused_cents` net of what the lines promised and did not deliver, with its tax.

    The tax is the share of the tax charged of all that was credited so far, less what was
    credited of it `before`: parts sum, and all of a line credits all of its tax. Goodwill given
    before is never paid a second time. ValueError where more is asked for than is left.
    """
    deferred = [
        one
        for one in standings(lines, before)
        if one.sold.liability_account in DEFERRED and one.unreleased_cents > 0
    ]
    room = [one.unreleased_cents for one in deferred]
    if not 0 <= unused_cents <= sum(room):
        raise ValueError(f"cannot credit {unused_cents} of {sum(room)}")
    if unused_cents == 0:
        return Credited(())
    parts = allocate_by(unused_cents, room)
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
            for one in _standings(lines, before, lambda line: line.product)
            for line in _released(one, one.unreleased_cents)
        )
    )


def _released(one: Standing, net_cents: int) -> list[CreditLine]:
    """An account gives up a part; what goodwill has paid of it already becomes its own again."""
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
