"""Which tax rate holds on a date: the newest that has begun, per class of product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class TaxRateValue:
    """A rate in parts per million (10.35 % is 103500) with the name an invoice line shows."""

    name: str
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A rate for a class of product ("pack", "plan", "fee") from a date on."""

    product_class: str
    effective_from: date
    rate: TaxRateValue


def in_force(rates: Iterable[DatedRate], *, on: date) -> Mapping[str, TaxRateValue]:
    """The rate of each class of product on a date; a class without one has none."""
    begun = sorted(
        (rate for rate in rates if rate.effective_from <= on), key=lambda r: r.effective_from
    )
    return {dated.product_class: dated.rate for dated in begun}
