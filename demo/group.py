"""The group itself: three studios, what they sell, and who works there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from config import audit
from config.audit import Actor
from demo.price_list import PACKS, PLANS, sell_pack, sell_plan
from locations import people, places, tax_rates
from locations.models import Location

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
    """The opened studios by their short name, the versions on sale by product code, the staff."""

    studios: dict[str, Location]
    packs: dict[str, UUID]
    plans: dict[str, UUID]
    staff: dict[str, Actor]


def found(*, opened_on: date, now: datetime) -> Group:
    """Open the studios with prices and staff, in the caller's transaction."""
    studios = {studio.slug: _open(studio, opened_on) for studio in STUDIOS}
    everywhere = [place.id for place in studios.values()]
    return Group(
        studios,
        {pack.code: sell_pack(pack, everywhere, opened_on) for pack in PACKS},
        {plan.code: sell_plan(plan, everywhere, opened_on) for plan in PLANS},
        {one.who: _employ(one, studios, now) for one in STAFF},
    )


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
    for product_class in tax_rates.PRODUCT_CLASSES:
        tax_rates.begin(
            location_id=place.id,
            product_class=product_class,
            name=studio.tax_name,
            rate_ppm=studio.rate_ppm,
            effective_from=opened_on,
        )
    return place


def _employ(one: SignIn, studios: dict[str, Location], now: datetime) -> Actor:
    account = people.create_account(email=one.email, name=one.name, password=one.password, now=now)
    assert one.role is not None, "staff have a role"
    people.grant_role(
        account.id,
        role=one.role,
        location_id=studios[one.slug].id if one.slug else None,
        by=audit.SYSTEM,
        now=now,
    )
    return Actor(account.id, account.name)
