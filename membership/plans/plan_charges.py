"""What a charge of a plan comes to on a day: less a promotion, with its member's own tax."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from config.errors import Refused
from config.money import tax_cents as tax_on
from membership.catalogue import catalog
from membership.models import Consent
from membership.people import exemptions
from membership.plans import promo_periods
from membership.rules.discount import Code, share_cents


@dataclass(frozen=True, slots=True)
class PlanCharge:
    """Amounts in minor units; `price_cents` is what is left after a promotion."""

    price_cents: int
    joining_cents: int
    tax_cents: int
    tax_label: str

    @property
    def total_cents(self) -> int:
        return self.price_cents + self.joining_cents + self.tax_cents


def on_day(
    price_cents: int,
    *,
    location_id: UUID,
    on: date,
    member_id: UUID | None,
    code: Code | None = None,
) -> PlanCharge:
    """A period at a price before tax, charged on a local date."""
    return _charge(price_cents, 0, location_id=location_id, on=on, member_id=member_id, code=code)


def first(consent: Consent, *, on: date) -> PlanCharge:
    """The first charge of what was agreed to with a starter: with what joining costs, less the
    promotion that was promised with it.
    """
    terms = catalog.plan_terms(consent.plan_version_id, consent.location_id)
    return _charge(
        consent.price_cents,
        terms.joining_cents,
        location_id=consent.location_id,
        on=on,
        member_id=consent.member_id,
        code=promo_periods.promised(consent.id),
    )


def _charge(
    price_cents: int,
    joining_cents: int,
    *,
    location_id: UUID,
    on: date,
    member_id: UUID | None,
    code: Code | None,
) -> PlanCharge:
    left_cents = price_cents - _off(code, price_cents)
    rates = exemptions.rates_at(location_id, on=on, member_id=member_id)
    plan, fee = rates.get("plan"), rates.get("fee")
    tax = tax_on(left_cents, rate_ppm=plan.rate_ppm) if plan else 0
    tax += tax_on(joining_cents, rate_ppm=fee.rate_ppm) if fee else 0
    return PlanCharge(left_cents, joining_cents, tax, plan.name if plan else "Tax")


def _off(code: Code | None, price_cents: int) -> int:
    """What comes off; nothing where the run will hold the charge back for a person to look at."""
    try:
        return share_cents(code, price_cents) if code is not None else 0
    except Refused:
        return 0
