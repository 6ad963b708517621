"""Computes an invoice from plain values. Touches nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from config.errors import Refused
from config.money import tax_cents
from locations.rules.tax_rates import TaxRateValue
from membership.rules.due import Due

DEFERRED_SESSIONS = "deferred_sessions"
DEFERRED_TIME = "deferred_time"


@dataclass(frozen=True, slots=True)
class Line:
    """One claimed thing: net and tax in minor units, with the rate that held on its date."""

    product: str
    product_class: str
    description: str
    quantity: int
    net_cents: int
    tax_name: str
    tax_rate_ppm: int
    tax_cents: int
    liability_account: str
    period_start: date | None = None
    period_end: date | None = None


@dataclass(frozen=True, slots=True)
class InvoiceAmounts:
    """Lines and their sums; touches no balance."""

    lines: tuple[Line, ...]
    net_cents: int
    tax_cents: int
    total_cents: int


def line(
    *,
    product: str,
    product_class: str,
    description: str,
    net_cents: int,
    rates: Mapping[str, TaxRateValue],
    liability_account: str,
    period: tuple[date, date] | None = None,
) -> Line:
    """A line with its tax. Refuses a negative price and a class without a rate."""
    if net_cents < 0:
        raise Refused("negative_price", f"{description} would cost less than nothing.")
    rate = rates.get(product_class)
    if rate is None:
        raise Refused("no_tax_rate", f"No tax rate is set for {product_class} here on that date.")
    return Line(
        product=product,
        product_class=product_class,
        description=description,
        quantity=1,
        net_cents=net_cents,
        tax_name=rate.name,
        tax_rate_ppm=rate.rate_ppm,
        tax_cents=tax_cents(net_cents, rate_ppm=rate.rate_ppm),
        liability_account=liability_account,
        period_start=period[0] if period else None,
        period_end=period[1] if period else None,
    )


def amounts(lines: Sequence[Line]) -> InvoiceAmounts:
    """Sum of lines; tax is rounded per line, so the sum of lines is the invoice."""
    net = sum(found.net_cents for found in lines)
    tax = sum(found.tax_cents for found in lines)
    return InvoiceAmounts(tuple(lines), net, tax, net + tax)


def for_due(due: Due, rates: Mapping[str, TaxRateValue], *, currency: str) -> InvoiceAmounts:
    """The invoice of one period. Refuses terms in another currency than the location's."""
    if due.currency != currency:
        raise Refused(
            "currency_mismatch", f"The plan is priced in {due.currency}, the studio in {currency}."
        )
    return amounts(
        [
            line(
                product=due.product,
                product_class="plan",
                description=due.description,
                net_cents=due.price_cents,
                rates=rates,
                liability_account=DEFERRED_TIME if due.allowance is None else DEFERRED_SESSIONS,
                period=(due.start, due.end),
            )
        ]
    )


def number(prefix: str, year: int, seq: int) -> str:
    """The printed number of an invoice: SEA-2027-000123."""
    return f"{prefix}-{year}-{seq:06d}"
