"""What a pack or a plan costs somebody here today, before the button. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from billing.rules import invoice as rule
from billing.rules.invoice import InvoiceAmounts
from locations import places
from locations.models import Location
from locations.rules.tax_rates import TaxRateValue
from membership.people import exemptions
from membership.plans import promos
from membership.rules import discount
from membership.rules.catalog import PackTerms, PlanTerms
from membership.rules.discount import Bought, Code, Discount, Scope


def pack(
    terms: PackTerms,
    *,
    location: Location,
    now: datetime,
    code: Code | None = None,
    member_id: UUID | None = None,
) -> InvoiceAmounts:
    """What a pack costs here today, with its tax; Refused where a `code` is not for it.

    For a member it is their tax: some are exempt.
    """
    rates = _rates(location, now=now, member_id=member_id)
    less = discounts(code, "packs", terms, location=location, now=now)
    return rule.amounts([_line(terms, "pack", less, rates)])._replace(discounts=less)


def plan(
    terms: PlanTerms,
    *,
    location: Location,
    now: datetime,
    code: Code | None = None,
    promised: Code | None = None,
    member_id: UUID | None = None,
) -> InvoiceAmounts:
    """What the first period of a plan costs here today, with its tax and what joining costs.

    Refused where a `code` is not for it; one that was `promised` is not asked again whether it
    still holds. Nothing comes off what joining costs. For a member it is their tax: some are
    exempt.
    """
    rates = _rates(location, now=now, member_id=member_id)
    less = discounts(code, "plans", terms, location=location, now=now)
    if promised is not None:
        less = (discount.first_line(promised, terms.price_cents),)
    joining = rule.joining(terms.code, terms.joining_cents, rates)
    return rule.amounts([_line(terms, "plan", less, rates), *joining])._replace(discounts=less)


def discounts(
    code: Code | None,
    scope: Scope,
    terms: PackTerms | PlanTerms,
    *,
    location: Location,
    now: datetime,
) -> tuple[Discount, ...]:
    """What a code takes off the first line, which is the pack or the period."""
    if code is None:
        return ()
    bought = Bought(scope, terms.code, terms.price_cents, terms.currency, location.id)
    promos.require_taken(code, bought, place=location, now=now)
    return (discount.first_line(code, terms.price_cents),)


def _rates(
    location: Location, *, now: datetime, member_id: UUID | None
) -> Mapping[str, TaxRateValue]:
    on = places.business_date(location, now)
    return exemptions.rates_at(location.id, on=on, member_id=member_id)


def _line(
    terms: PackTerms | PlanTerms,
    product_class: str,
    less: Sequence[Discount],
    rates: Mapping[str, TaxRateValue],
) -> rule.Line:
    return rule.line(
        product=terms.code,
        product_class=product_class,
        description=terms.name,
        net_cents=terms.price_cents - sum(found.amount_cents for found in less),
        rates=rates,
        liability_account=rule.DEFERRED_SESSIONS,
    )
