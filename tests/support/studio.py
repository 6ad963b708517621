"""A group of four studios with its price list, as most stories are told: built by the services.

Seattle and Tacoma lie under the rules of Washington, Boise and Phoenix under those of no state in
particular. Tax rates are examples. Prices are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from config.audit import SYSTEM
from config.calendar import Interval
from config.db import transaction
from locations import people, places, tax_rates
from locations.models import Account, Location
from membership.catalogue import product_versions
from membership.rules.catalog import PackKind, PlanPriceTag
from tests.support.databases import START
from tests.support.remembered import remembered

SINCE = date(2026, 1, 1)
PASSWORD = "a long enough sentence 7"
TAXED = ("pack", "plan", "fee")
HOLD_FEE_CENTS = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """What a location is opened with; the rate in parts per million."""

    name: str
    zone: str
    jurisdiction: str
    rate_ppm: int


PLACES: Mapping[str, Place] = {
    "sea": Place("Seattle", "America/Los_Angeles", "US-WA", 103_500),
    "tac": Place("Tacoma", "America/Los_Angeles", "US-WA", 103_000),
    "boi": Place("Boise", "America/Boise", "US-default", 60_000),
    "phx": Place("Phoenix", "America/Phoenix", "US-default", 0),
}


@dataclass(frozen=True, slots=True)
class PackTag:
    """A pack's terms and price, in cents before tax."""

    kind: PackKind
    sessions: int
    window_days: int
    first_use_days: int
    price_cents: int


PACKS: Mapping[str, PackTag] = {
    "STARTER-3": PackTag("starter", 3, 10, 14, 9900),
    "EXTENSION-1": PackTag("extension", 1, 10, 14, 3300),
    "BOOSTER-3": PackTag("booster", 3, 60, 30, 9000),
    "DROP-IN": PackTag("drop_in", 1, 1, 30, 5500),
}


@dataclass(frozen=True, slots=True)
class PlanTag:
    """A plan's terms and monthly price, in cents before tax; no allowance means unlimited."""

    tier: int
    allowance: int | None
    price_cents: int
    overage_cents: int | None


PLANS: Mapping[str, PlanTag] = {
    "MAINT-2": PlanTag(1, 2, 7900, 3500),
    "MAINT-4": PlanTag(2, 4, 13900, 3000),
    "UNLIMITED": PlanTag(9, None, 18600, None),
}


@dataclass(frozen=True, slots=True)
class Studio:
    """The group: locations by slug, versions on sale by product code, staff by role.

    Staff keys are "owner", "accountant", and "manager sea", "desk boi" and so on.
    """

    places: Mapping[str, Location]
    packs: Mapping[str, UUID]
    plans: Mapping[str, UUID]
    staff: Mapping[str, Account]

    def id_of(self, slug: str) -> UUID:
        """A location's key."""
        return self.places[slug].id


@remembered
def build() -> Studio:
    """Open the group; runs in transactions of its own."""
    with transaction():
        here = {slug: _open(slug, place) for slug, place in PLACES.items()}
    ids = [location.id for location in here.values()]
    with transaction():
        packs = {code: _pack(code, tag, ids) for code, tag in PACKS.items()}
        plans = {code: _plan(code, tag, ids) for code, tag in PLANS.items()}
    with transaction():
        staff = _staff(here)
    return Studio(places=here, packs=packs, plans=plans, staff=staff)


def _open(slug: str, place: Place) -> Location:
    location = places.open_place(
        slug=slug,
        name=place.name,
        zone=place.zone,
        currency="USD",
        jurisdiction=place.jurisdiction,
        address=f"1 Main Street\n{place.name}",
        number_prefix=slug.upper(),
        legal_entity="Taper Studios LLC",
        stripe_account="default",
        opened_on=SINCE,
    )
    for product_class in TAXED:
        tax_rates.begin(
            location_id=location.id,
            product_class=product_class,
            name=f"{place.name} sales tax",
            rate_ppm=place.rate_ppm,
            effective_from=SINCE,
        )
    return location


def _pack(code: str, tag: PackTag, ids: list[UUID]) -> UUID:
    pack = product_versions.create_pack(code=code, kind=tag.kind, name=_spoken(code))
    return product_versions.new_pack_version(
        pack.id,
        sessions=tag.sessions,
        window_days=tag.window_days,
        first_use_days=tag.first_use_days,
        prices=dict.fromkeys(ids, tag.price_cents),
        effective_from=SINCE,
    ).id


def _plan(code: str, tag: PlanTag, ids: list[UUID]) -> UUID:
    plan = product_versions.create_plan(code=code, name=_spoken(code), tier=tag.tier)
    return product_versions.new_plan_version(
        plan.id,
        interval=Interval(1, "month"),
        allowance=tag.allowance,
        rollover_cap=tag.allowance or 0,
        rollover_periods=1 if tag.allowance else 0,
        prices=dict.fromkeys(ids, _price(tag)),
        effective_from=SINCE,
    ).id


def _price(tag: PlanTag) -> PlanPriceTag:
    return PlanPriceTag(tag.price_cents, tag.overage_cents, hold_fee_cents=HOLD_FEE_CENTS)


def _staff(here: Mapping[str, Location]) -> dict[str, Account]:
    staff = {role: _hired(role, role, None) for role in ("owner", "accountant")}
    for slug, location in here.items():
        for role in ("manager", "desk"):
            staff[f"{role} {slug}"] = _hired(f"{role}.{slug}", role, location.id)
    return staff


def _hired(who: str, role: str, location_id: UUID | None) -> Account:
    account = people.create_account(
        email=f"{who}@studio.example", name=who.title(), password=PASSWORD, now=START
    )
    people.grant_role(account.id, role=role, location_id=location_id, by=SYSTEM, now=START)
    return account


def _spoken(code: str) -> str:
    return code.replace("-", " ").capitalize()
