"""What a consent says about extras at the desk, and whether it covers one of them today."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from config.db import db
from config.formats import money
from config.money import tax_cents as tax_on
from locations import places
from locations.models import Location
from membership import catalog
from membership.models import Consent
from membership.rules import extra_words as rules
from membership.rules.catalog import PackTerms, PlanTerms

_AGREED = ("given", "used")


def of_plan(terms: PlanTerms, *, place: Location, on: date) -> list[str]:
    """One sentence for each extra that goes with a plan at a location on a date."""
    found: list[str] = []
    if terms.allowance is not None and terms.overage_cents:
        found.append(overage(terms.overage_cents, place=place, on=on))
    boosters = [p for p in catalog.offers(place.id, on).packs if p.kind == "booster"]
    return found + [pack(terms, place=place, on=on) for terms in boosters]


def overage(net_cents: int, *, place: Location, on: date) -> str:
    """The sentence about a session beyond the allowance, at this price before tax."""
    tax = _tax(net_cents, "plan", place, on)
    return rules.overage(
        price=money(net_cents, place.currency),
        tax=money(tax, place.currency),
        total=money(net_cents + tax, place.currency),
    )


def pack(terms: PackTerms, *, place: Location, on: date) -> str:
    """The sentence about a pack, at its listed price."""
    tax = _tax(terms.price_cents, "pack", place, on)
    return rules.pack(
        name=terms.name,
        sessions=terms.sessions,
        price=money(terms.price_cents, place.currency),
        tax=money(tax, place.currency),
        total=money(terms.price_cents + tax, place.currency),
    )


def covering(consent_id: UUID | None, sentence: str) -> UUID | None:
    """The consent, if it stands and says exactly this; else the member has to pay in person."""
    found = db.session.get(Consent, consent_id) if consent_id else None
    if found is None or found.state not in _AGREED or sentence not in found.text:
        return None
    return found.id


def _tax(net_cents: int, product_class: str, place: Location, on: date) -> int:
    rate = places.tax_rates(place.id, on=on).get(product_class)
    return tax_on(net_cents, rate_ppm=rate.rate_ppm) if rate else 0
