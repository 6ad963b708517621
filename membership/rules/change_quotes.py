"""What another plan costs: at the next renewal, or now for the days that are left. Pure.

Amounts are minor units. A part that is given back is negative, and so is its tax; every part is
rounded by itself, half up on the magnitude, and what is asked is the sum of the parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from config.calendar import Interval
from config.money import half_up, prorate, tax_cents
from locations.rules.tax_rates import TaxRateValue
from membership.rules.catalog import PlanTerms
from membership.rules.changes import Kind, refuse

Style = Literal["same_cycle", "new_cycle"]


@dataclass(frozen=True, slots=True)
class Running:
    """The period being lived in: held price of a whole one, the rate it was taxed at, what is
    still deferred of it.

    `unspent` sessions of this period are worth `unspent_cents`; `unearned_cents` are service
    days to come. Days on hold belong to no price.
    """

    start: date
    end: date
    frozen_days: int
    price_cents: int
    tier: int
    interval: Interval
    allowance: int | None
    rate: TaxRateValue
    unspent: int
    unspent_cents: int
    unearned_cents: int

    @property
    def deferred_cents(self) -> int:
        """What was paid for this period and not delivered yet."""
        return self.unspent_cents + self.unearned_cents


@dataclass(frozen=True, slots=True)
class Part:
    """One side of a change with its tax."""

    net_cents: int
    tax_cents: int
    rate: TaxRateValue

    @property
    def total_cents(self) -> int:
        return self.net_cents + self.tax_cents


@dataclass(frozen=True, slots=True)
class NowQuote:
    """A change today: `back` for what is left of the old plan, `taken` for the new one.

    It covers `days` of `of_days` up to `until`. What would be less than nothing is kept as
    account credit, so that `total_cents` is never below zero.
    """

    style: Style
    on: date
    days: int
    of_days: int
    until: date
    back: Part
    taken: Part
    extra_credits: int

    @property
    def account_credit_cents(self) -> int:
        """What stays over, tax included."""
        return max(0, -(self.back.total_cents + self.taken.total_cents))

    @property
    def net_cents(self) -> int:
        return self.back.net_cents + self.taken.net_cents + self.account_credit_cents

    @property
    def tax_cents(self) -> int:
        return self.back.tax_cents + self.taken.tax_cents

    @property
    def total_cents(self) -> int:
        return self.net_cents + self.tax_cents


@dataclass(frozen=True, slots=True)
class RenewalQuote:
    """A change at a renewal: what is charged that day, and what goes beyond the new cap."""

    on: date
    charge: Part
    lost_sessions: int
    lost_cents: int


def kind_of(running: Running, to: PlanTerms) -> Kind:
    """What a change to these terms is: a new cycle, a dearer plan, or a smaller one."""
    if running.interval != to.interval:
        return "interval"
    dearer = (to.price_cents, to.tier) > (running.price_cents, running.tier)
    return "upgrade" if dearer else "downgrade"


def part(net_cents: int, rate: TaxRateValue) -> Part:
    """A side with its tax, half up on the magnitude."""
    return Part(net_cents, tax_cents(net_cents, rate_ppm=rate.rate_ppm), rate)


def now_quote(
    running: Running, to: PlanTerms, *, rate: TaxRateValue, on: date, new_end: date
) -> NowQuote:
    """A change on local date `on`, which belongs to the new plan already.

    With the same interval the cycle stays and the days that are left change their price; another
    interval begins a new cycle up to `new_end`, and gives back exactly what is still deferred.
    Raises Refused("only_at_renewal") for a smaller plan.
    """
    kind = kind_of(running, to)
    if kind == "interval":
        return NowQuote(
            style="new_cycle",
            on=on,
            days=(new_end - on).days,
            of_days=(new_end - on).days,
            until=new_end,
            back=part(-running.deferred_cents, running.rate),
            taken=part(to.price_cents, rate),
            extra_credits=to.allowance or 0,
        )
    if kind == "downgrade":
        raise refuse("only_at_renewal")
    of_days = (running.end - running.start).days - running.frozen_days
    days = min((running.end - on).days, of_days)
    return NowQuote(
        style="same_cycle",
        on=on,
        days=days,
        of_days=of_days,
        until=running.end,
        back=part(-prorate(running.price_cents, days=days, of_days=of_days), running.rate),
        taken=part(prorate(to.price_cents, days=days, of_days=of_days), rate),
        extra_credits=extra_credits(running.allowance, to.allowance, days=days, of_days=of_days),
    )


def extra_credits(held: int | None, to: int | None, *, days: int, of_days: int) -> int:
    """Sessions that come on top for the days that are left, rounded down; none if unlimited."""
    if to is None:
        return 0
    return max(0, to - (held or 0)) * days // of_days


def spread_price(value_cents: int, *, days: int, of_days: int) -> int:
    """The price of a whole period whose last `days` of `of_days` are worth so much."""
    return half_up(value_cents * of_days, days)
