"""What is credited when a period is given back: net, and its share of the tax charged."""

from __future__ import annotations

from dataclasses import dataclass

from config.money import half_up


@dataclass(frozen=True, slots=True)
class Credited:
    """A credit in minor units; what is kept is the original less this."""

    net_cents: int
    tax_cents: int

    @property
    def total_cents(self) -> int:
        return self.net_cents + self.tax_cents


def share(*, unused_cents: int, net_cents: int, tax_cents: int) -> Credited:
    """Credit `unused_cents` of a line of `net_cents` that was charged `tax_cents`.

    All of it credits all the tax, so nothing used leaves nothing owed.
    """
    if not 0 <= unused_cents <= net_cents:
        raise ValueError(f"cannot credit {unused_cents} of {net_cents}")
    if net_cents == 0:
        return Credited(0, tax_cents)
    return Credited(unused_cents, half_up(tax_cents * unused_cents, net_cents))
