"""The group itself: three studios, what they sell, and who works there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from config import audit
from config.calendar import Interval
from locations import people, places
from locations.models import Location
from membership import catalog
from membership.rules.catalog import PackKind, PlanPriceTag

LEGAL_ENTITY = "Northwest Cold Rooms LLC"


@dataclass(frozen=True, slots=True)
class Studio:
    """A studio to open; the tax rate is in parts per million."""

    slug: str
    name: str
    zone: str
    jurisdiction: str
    address: str
    prefix: str
    tax_name: str
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class PackSold:
    """A pack on the price list; its price in cents before tax."""

    code: str
    kind: PackKind
    name: str
    sessions: int
    window_days: int
    first_use_days: int
    price_cents: int


@dataclass(frozen=True, slots=True)
class PlanSold:
    """A monthly plan on the price list; no allowance means unlimited."""

    code: str
    name: str
    tier: int
    allowance: int | None
    rollover_cap: int
    price_cents: int
    overage_cents: int | None


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody who may sign in to the demo, with a password that opens nothing else."""

    who: str
    name: str
    email: str
    password: str
    role: str | None = None
    slug: str | None = None


STUDIOS = (
    Studio(
        "seattle", "Seattle", "America/Los_Angeles", "US-WA",
        "1416 Pike Place\nSeattle, WA 98101", "SEA", "Sales tax 10.35 %", 103_500,
    ),
    Studio(
        "tacoma", "Tacoma", "America/Los_Angeles", "US-WA",
        "732 Pacific Avenue\nTacoma, WA 98402", "TAC", "Sales tax 10.30 %", 103_000,
    ),
    Studio(
        "boise", "Boise", "America/Boise", "US-default",
        "210 North 8th Street\nBoise, ID 83702", "BOI", "Sales tax 6.00 %", 60_000,
    ),
)  # fmt: skip

PACKS = (
    PackSold("STARTER-3", "starter", "Starter, 3 sessions", 3, 10, 14, 9900),
    PackSold("EXTENSION-1", "extension", "Extension session", 1, 10, 10, 3300),
    PackSold("BOOSTER-3", "booster", "Booster, 3 sessions", 3, 14, 30, 9000),
    PackSold("DROP-IN", "drop_in", "Single session", 1, 0, 90, 5500),
)

PLANS = (
    PlanSold("MAINT-2", "Maintenance 2", 1, 2, 2, 7900, 3500),
    PlanSold("MAINT-4", "Maintenance 4", 2, 4, 4, 13_900, 3000),
    PlanSold("MAINT-6", "Maintenance 6", 3, 6, 6, 16_900, 2800),
    PlanSold("UNLIMITED", "Unlimited", 4, None, 0, 18_600, None),
)

STAFF = (
    SignIn("owner", "Ingrid Solheim", "owner@taper.example", "twelve-cold-rooms", "owner"),
    SignIn(
        "manager", "Marcus Bell", "manager@taper.example", "three-cold-studios",
        "manager", "seattle",
    ),
    SignIn(
        "desk", "Dana Whitfield", "desk@taper.example", "morning-at-the-desk", "desk", "seattle"
    ),
)  # fmt: skip

MEMBER = SignIn("member", "Maya Lindqvist", "member@taper.example", "maintenance-is-me")


@dataclass(frozen=True, slots=True)
class Group:
    """The opened studios by their short name, and the versions on sale by product code."""

    studios: dict[str, Location]
    packs: dict[str, UUID]
    plans: dict[str, UUID]


def found(*, opened_on: date, now: datetime) -> Group:
    """Open the studios with prices and staff, in the caller's transaction."""
    studios = {studio.slug: _open(studio, opened_on) for studio in STUDIOS}
    everywhere = [place.id for place in studios.values()]
    group = Group(
        studios,
        {pack.code: _sell_pack(pack, everywhere, opened_on) for pack in PACKS},
        {plan.code: _sell_plan(plan, everywhere, opened_on) for plan in PLANS},
    )
    for one in STAFF:
        _employ(one, studios, now)
    return group


def _open(studio: Studio, opened_on: date) -> Location:
    place = places.open_place(
        slug=studio.slug,
        name=studio.name,
        zone=studio.zone,
        currency="USD",
        jurisdiction=studio.jurisdiction,
        address=studio.address,
        number_prefix=studio.prefix,
        legal_entity=LEGAL_ENTITY,
        stripe_account="default",
        opened_on=opened_on,
    )
    for product_class in places.PRODUCT_CLASSES:
        places.set_tax_rate(
            location_id=place.id,
            product_class=product_class,
            name=studio.tax_name,
            rate_ppm=studio.rate_ppm,
            effective_from=opened_on,
        )
    return place


def _sell_pack(pack: PackSold, everywhere: list[UUID], since: date) -> UUID:
    made = catalog.create_pack(code=pack.code, kind=pack.kind, name=pack.name)
    version = catalog.new_pack_version(
        made.id,
        sessions=pack.sessions,
        window_days=pack.window_days,
        first_use_days=pack.first_use_days,
        prices=dict.fromkeys(everywhere, pack.price_cents),
        effective_from=since,
    )
    return version.id


def _sell_plan(plan: PlanSold, everywhere: list[UUID], since: date) -> UUID:
    made = catalog.create_plan(code=plan.code, name=plan.name, tier=plan.tier)
    tag = PlanPriceTag(price_cents=plan.price_cents, overage_cents=plan.overage_cents)
    version = catalog.new_plan_version(
        made.id,
        interval=Interval(1, "month"),
        allowance=plan.allowance,
        rollover_cap=plan.rollover_cap,
        rollover_periods=1 if plan.rollover_cap else 0,
        prices=dict.fromkeys(everywhere, tag),
        effective_from=since,
    )
    return version.id


def _employ(one: SignIn, studios: dict[str, Location], now: datetime) -> None:
    account = people.create_account(email=one.email, name=one.name, password=one.password, now=now)
    assert one.role is not None, "staff have a role"
    people.grant_role(
        account.id,
        role=one.role,
        location_id=studios[one.slug].id if one.slug else None,
        by=audit.SYSTEM,
        now=now,
    )
