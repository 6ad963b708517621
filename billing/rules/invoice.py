"""Computes an invoice from plain values. Touches nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from config.errors import Refused
from config.money import tax_cents
from locations.rules.tax_rates import TaxRateValue
from membership.rules.discount import Discount
from membership.rules.due import Due

DEFERRED_SESSIONS = "deferred_sessions"
DEFERRED_TIME = "deferred_time"
FEES = "fees"


class Line(NamedTuple):
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


class InvoiceAmounts(NamedTuple):
    """Lines and their sums; touches no balance. A discounted line's net is what is left."""

    lines: tuple[Line, ...]
    net_cents: int
    tax_cents: int
    total_cents: int
    discounts: tuple[Discount, ...] = ()


class Terms(NamedTuple):
    """What the invoice of a period is computed from, besides the location's rates."""

    product: str
    description: str
    price_cents: int
    currency: str
    liability_account: str
    start: date
    end: date
    joining_cents: int = 0


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
    return for_terms(terms_of(due), rates, currency=currency)


def terms_of(due: Due) -> Terms:
    """Whatever decides the amounts of a period's invoice."""
    return Terms(
        due.product,
        due.description,
        due.price_cents,
        due.currency,
        DEFERRED_TIME if due.allowance is None else DEFERRED_SESSIONS,
        due.start,
        due.end,
        due.joining_cents,
    )


def for_terms(terms: Terms, rates: Mapping[str, TaxRateValue], *, currency: str) -> InvoiceAmounts:
    """The invoice of any period with these terms. Refuses another currency than `currency`."""
    if terms.currency != currency:
        raise Refused(
            "currency_mismatch",
            f"The plan is priced in {terms.currency}, the studio in {currency}.",
        )
    period = line(
        product=terms.product,
        product_class="plan",
        description=terms.description,
        net_cents=terms.price_cents,
        rates=rates,
        liability_account=terms.liability_account,
        period=(terms.start, terms.end),
    )
    return amounts([period, *joining(terms.product, terms.joining_cents, rates)])


def joining(
    product: str, joining_cents: int, rates: Mapping[str, TaxRateValue]
) -> tuple[Line, ...]:
    """The joining fee of a plan as a line beside its first period; none where it asks for none.

    It is earned at once: nothing is owed for it afterwards.
    """
    if not joining_cents:
        return ()
    fee = line(
        product=product,
        product_class="fee",
        description="Joining fee",
        net_cents=joining_cents,
        rates=rates,
        liability_account=FEES,
    )
    return (fee,)


def number(prefix: str, year: int, seq: int) -> str:
    """The printed number of an invoice: SEA-2027-000123."""
    return f"{prefix}-{year}-{seq:06d}"


def credit_note_number(prefix: str, year: int, seq: int) -> str:
    """The printed number of a credit note, a series of its own: SEA-CN-2027-000012."""
    return f"{prefix}-CN-{year}-{seq:06d}"
