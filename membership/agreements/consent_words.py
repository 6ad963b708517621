"""What a member is asked to agree to: the exact text, with its price and tax."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from config.formats import money
from locations import places
from membership.agreements import extra_words
from membership.catalogue import catalog
from membership.plans import plan_charges
from membership.rules.catalog import PlanTerms
from membership.rules.consents import VERSION, Intro, Terms, introductory
from membership.rules.consents import wording as words_of


@dataclass(frozen=True, slots=True)
class Wording:
    """The text to agree to, beside its box; amounts in minor units of `currency`."""

    plan_version_id: UUID
    plan_name: str
    text: str
    version: str
    price_cents: int
    tax_cents: int
    currency: str
    intro: Intro | None = None

    @property
    def total_cents(self) -> int:
        return self.price_cents + self.tax_cents


def wording(
    *,
    plan_version_id: UUID,
    location_id: UUID,
    pack_version_id: UUID | None,
    on: date,
    member_id: UUID | None = None,
    intro: Intro | None = None,
) -> Wording:
    """What a member is asked to agree to today, with their tax at today's rate.

    With a starter the plan begins after its window, without one at once. An `intro` makes its
    first charges cheaper.
    """
    terms = catalog.plan_terms(plan_version_id, location_id)
    charge = plan_charges.on_day(
        terms.price_cents, location_id=location_id, on=on, member_id=member_id
    )
    return _worded(
        terms,
        location_id=location_id,
        pack_version_id=pack_version_id,
        tax_cents=charge.tax_cents,
        on=on,
        member_id=member_id,
        intro=intro,
    )


def worded(
    *,
    plan_version_id: UUID,
    location_id: UUID,
    pack_version_id: UUID | None,
    tax_cents: int,
    on: date,
    member_id: UUID,
    intro: Intro | None = None,
) -> Wording:
    """The same text for a tax that is known; extras are named at the prices of `on`."""
    return _worded(
        catalog.plan_terms(plan_version_id, location_id),
        location_id=location_id,
        pack_version_id=pack_version_id,
        tax_cents=tax_cents,
        on=on,
        member_id=member_id,
        intro=intro,
    )


def _worded(
    terms: PlanTerms,
    *,
    location_id: UUID,
    pack_version_id: UUID | None,
    tax_cents: int,
    on: date,
    member_id: UUID | None,
    intro: Intro | None,
) -> Wording:
    place = places.get(location_id)
    text = words_of(
        Terms(
            plan_name=terms.name,
            place_name=place.name,
            sessions=terms.allowance,
            interval_count=terms.interval.count,
            interval_unit=terms.interval.unit,
            price=money(terms.price_cents, terms.currency),
            tax=money(tax_cents, terms.currency),
            total=money(terms.price_cents + tax_cents, terms.currency),
            after_days=catalog.pack_version(pack_version_id).window_days
            if pack_version_id
            else None,
            joining=money(terms.joining_cents, terms.currency) if terms.joining_cents else None,
            intro=_introduced(intro, terms, tax_cents) if intro else None,
        )
    )
    extras = extra_words.of_plan(terms, place=place, on=on, member_id=member_id)
    return Wording(
        plan_version_id=terms.plan_version_id,
        plan_name=terms.name,
        text=" ".join([text, *extras]),
        version=VERSION,
        price_cents=terms.price_cents,
        tax_cents=tax_cents,
        currency=terms.currency,
        intro=intro,
    )


def _introduced(intro: Intro, terms: PlanTerms, tax_cents: int) -> str:
    return introductory(
        code=intro.code,
        periods=intro.periods,
        price=money(intro.price_cents, terms.currency),
        tax=money(intro.tax_cents, terms.currency),
        total=money(intro.price_cents + intro.tax_cents, terms.currency),
        after=money(terms.price_cents + tax_cents, terms.currency),
    )
