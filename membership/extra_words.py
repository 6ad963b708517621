"""What a consent says about extras at the desk, and whether it covers one of them today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from config.db import db
from config.formats import money
from config.money import tax_cents as tax_on
from locations import tax_rates
from locations.models import Location
from locations.rules.tax_rates import TaxRateValue
from membership import catalog
from membership.models import Consent
from membership.rules import extra_words as rules
from membership.rules.catalog import PackTerms, PlanTerms

_AGREED = ("given", "used")


def of_plan(terms: PlanTerms, *, place: Location, on: date) -> list[str]:
    """One sentence for each extra that goes with a plan at a location on a date."""
    rates = tax_rates.in_force(place.id, on=on)
    found: list[str] = []
    if terms.allowance is not None and terms.overage_cents:
        found.append(_overage(terms.overage_cents, place.currency, rates))
    boosters = [p for p in catalog.offers(place.id, on).packs if p.kind == "booster"]
    return found + [_pack(terms, place.currency, rates) for terms in boosters]


def overage(net_cents: int, *, place: Location, on: date) -> str:
    """The sentence about a session beyond the allowance, at this price before tax."""
    return _overage(net_cents, place.currency, tax_rates.in_force(place.id, on=on))


def pack(terms: PackTerms, *, place: Location, on: date) -> str:
    """The sentence about a pack, at its listed price."""
    return _pack(terms, place.currency, tax_rates.in_force(place.id, on=on))


def covering(consent_id: UUID | None, sentence: str) -> UUID | None:
    """The consent, if it stands and says exactly this; else the member has to pay in person."""
    found = db.session.get(Consent, consent_id) if consent_id else None
    if found is None or found.state not in _AGREED or sentence not in found.text:
        return None
    return found.id


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
