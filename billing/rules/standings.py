"""What was sold on an invoice, by account and tax, beside what was credited of it. Pure.

Lines that were booked to one account under one tax are one sum here: a plan changed in the middle
of its period has a line that takes the old terms away and a line that brings the new ones. Where
the two are of different taxes or accounts, one of the sums is below zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from config.money import allocate_by, half_up
from locations.rules.entries import SaleLine


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


def by_product(lines: Sequence[SaleLine], before: Sequence[CreditLine]) -> list[Standing]:
    """The same for every product apart."""
    return _standings(lines, before, lambda line: line.product)


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


def opposite(one: Standing) -> Standing:
    """The same with every sign turned: what a change of plan took away, as if it had been sold."""
    sold = one.sold
    return Standing(
        sold._replace(net_cents=-sold.net_cents, tax_cents=-sold.tax_cents),
        -one.released_cents,
        -one.conceded_cents,
        -one.credited_tax_cents,
    )


def turned(line: CreditLine) -> CreditLine:
    """A credit line with its signs turned."""
    return line._replace(net_cents=-line.net_cents, tax_cents=-line.tax_cents)


def parts_of(total_cents: int, rooms: Sequence[int]) -> list[int]:
    """Split over rooms in proportion, each part within its room; a room below zero, of what was
    taken away, has a part below zero, so that both of its sides go back alike.

    Sums to `total_cents`. ValueError unless it lies above zero and within all of them together.
    """
    whole = sum(rooms)
    if not 0 < total_cents <= whole:
        raise ValueError(f"cannot give back {total_cents} of {whole}")
    if min(rooms) >= 0:
        return allocate_by(total_cents, rooms)
    reached = [half_up(total_cents * cents, whole) for cents in accumulate(rooms)]
    return [upto - before for before, upto in pairwise((0, *reached))]
