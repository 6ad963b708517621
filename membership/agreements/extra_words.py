"""What a consent says about extras at the desk, and whether it covers one of them today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from config.db import db
from config.formats import money
from config.money import tax_cents as tax_on
from locations import tax_rates
from locations.models import Location
from locations.rules.tax_rates import TaxRateValue
from membership.catalogue import catalog
from membership.models import Consent
from membership.people import exemptions
from membership.rules import extra_words as rules
from membership.rules.catalog import PackTerms, PlanTerms

_AGREED = ("given", "used")


def of_plan(terms: PlanTerms, *, place: Location, on: date, member_id: UUID | None) -> list[str]:
    """One sentence for each extra that goes with a plan at a location on a date."""
    rates = exemptions.rates_at(place.id, on=on, member_id=member_id)
    found: list[str] = []
    if terms.allowance is not None and terms.overage_cents:
        found.append(_overage(terms.overage_cents, place.currency, rates))
    boosters = [p for p in catalog.offers(place.id, on).packs if p.kind == "booster"]
    return found + [_pack(terms, place.currency, rates) for terms in boosters]


def covers_overage(
    consent_id: UUID | None, net_cents: int, *, place: Location, on: date, member_id: UUID
) -> UUID | None:
    """The consent, if it covers a session beyond the allowance at this price before tax."""
    told = [_overage(net_cents, place.currency, rates) for rates in _rates(place, on, member_id)]
    return _covering(consent_id, told)


def covers_pack(
    consent_id: UUID | None, terms: PackTerms, *, place: Location, on: date, member_id: UUID
) -> UUID | None:
    """The consent, if it covers a pack at its listed price."""
    told = [_pack(terms, place.currency, rates) for rates in _rates(place, on, member_id)]
    return _covering(consent_id, told)


def _rates(place: Location, on: date, member_id: UUID) -> tuple[Mapping[str, TaxRateValue], ...]:
    """What they are taxed at, and the usual: who agreed to the tax agreed to go without it."""
    own = exemptions.rates_at(place.id, on=on, member_id=member_id)
    return own, tax_rates.in_force(place.id, on=on)


def _covering(consent_id: UUID | None, sentences: Sequence[str]) -> UUID | None:
    """The consent, if it stands and says one of these; else the member has to pay in person."""
    found = db.session.get(Consent, consent_id) if consent_id else None
    if found is None or found.state not in _AGREED:
        return None
    return found.id if any(one in found.text for one in sentences) else None


def _overage(net_cents: int, currency: str, rates: Mapping[str, TaxRateValue]) -> str:
    tax = _tax(net_cents, rates.get("plan"))
    return rules.overage(
        price=money(net_cents, currency),
        tax=money(tax, currency),
        total=money(net_cents + tax, currency),
    )


def _pack(terms: PackTerms, currency: str, rates: Mapping[str, TaxRateValue]) -> str:
    tax = _tax(terms.price_cents, rates.get("pack"))
    return rules.pack(
        name=terms.name,
        sessions=terms.sessions,
        price=money(terms.price_cents, currency),
        tax=money(tax, currency),
        total=money(terms.price_cents + tax, currency),
    )


def _tax(net_cents: int, rate: TaxRateValue | None) -> int:
    return tax_on(net_cents, rate_ppm=rate.rate_ppm) if rate else 0
