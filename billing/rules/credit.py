"""What is credited of an invoice: net, and its share of the tax that was charged. Pure.

Lines that were booked to one account under one tax are one sum here: a plan changed in the middle
of its period has a line that takes the old terms away and a line that brings the new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.money import allocate_by, half_up
from locations.rules.entries import SaleLine

# What a sale still owes its member; fees and sessions given beyond a plan are earned at once.
DEFERRED = frozenset({"deferred_sessions", "deferred_time"})


@dataclass(frozen=True, slots=True)
class Credited:
    """A credit in minor units; what is kept is the original less this."""

    lines: tuple[SaleLine, ...]

    @property
    def net_cents(self) -> int:
        return sum(line.net_cents for line in self.lines)

    @property
    def tax_cents(self) -> int:
        return sum(line.tax_cents for line in self.lines)

    @property
    def total_cents(self) -> int:
        return self.net_cents + self.tax_cents


def creditable_cents(lines: Sequence[SaleLine], before: Sequence[SaleLine]) -> int:
    """What may still be credited of the deferred lines, before tax; `before` was credited."""
    return sum(
        max(0, sold.net_cents - gone.net_cents)
        for sold, gone in _pairs(lines, before)
        if sold.liability_account in DEFERRED
    )


def share(lines: Sequence[SaleLine], before: Sequence[SaleLine], *, unused_cents: int) -> Credited:
    """Credit `unused_cents` net of what the lines promised and did not deliver, with its tax.

    The tax is the share of the tax charged of all that was credited so far, less what was
    credited of it `before`: parts sum, and all of a line credits all of its tax. ValueError
    where more is asked for than is left.
    """
    pairs = [
        (sold, gone)
        for sold, gone in _pairs(lines, before)
        if sold.liability_account in DEFERRED and sold.net_cents > gone.net_cents
    ]
    room = [sold.net_cents - gone.net_cents for sold, gone in pairs]
    if not 0 <= unused_cents <= sum(room):
        raise ValueError(f"cannot credit {unused_cents} of {sum(room)}")
    if unused_cents == 0:
        return Credited(())
    parts = allocate_by(unused_cents, room)
    return Credited(
        tuple(
            _part(sold, gone, part) for (sold, gone), part in zip(pairs, parts, strict=True) if part
        )
    )


def whole(lines: Sequence[SaleLine], before: Sequence[SaleLine]) -> Credited:
    """Credit everything that was not credited before, fees and all their tax included."""
    rest = [
        sold._replace(
            net_cents=sold.net_cents - gone.net_cents, tax_cents=sold.tax_cents - gone.tax_cents
        )
        for sold, gone in _pairs(lines, before)
    ]
    return Credited(tuple(line for line in rest if line.net_cents or line.tax_cents))


def _part(sold: SaleLine, gone: SaleLine, net_cents: int) -> SaleLine:
    so_far = gone.net_cents + net_cents
    tax = half_up(sold.tax_cents * so_far, sold.net_cents) - gone.tax_cents
    return sold._replace(net_cents=net_cents, tax_cents=tax)


def _pairs(
    lines: Sequence[SaleLine], before: Sequence[SaleLine]
) -> list[tuple[SaleLine, SaleLine]]:
    """What was sold under each account and tax, beside what was credited of it."""
    sold, gone = _sums(lines), _sums(before)
    nothing = SaleLine("", "", 0, "", 0)
    return [(line, gone.get(key, nothing)) for key, line in sold.items()]


def _sums(lines: Sequence[SaleLine]) -> dict[tuple[str, str], SaleLine]:
    found: dict[tuple[str, str], SaleLine] = {}
    for line in lines:
        key = (line.liability_account, line.tax_name)
        held = found.get(key)
        if held is not None:
            line = line._replace(
                net_cents=held.net_cents + line.net_cents,
                tax_cents=held.tax_cents + line.tax_cents,
            )
        found[key] = line
    return found
