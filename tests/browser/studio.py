"""A small studio with a price list and staff, served over HTTP with the stand-in for Stripe."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from config.audit import SYSTEM
from config.calendar import Interval
from config.db import transaction
from config.secret import Secret
from config.settings import Settings
from locations import people, places
from locations.models import Location
from membership import catalog
from membership.rules.catalog import PlanPriceTag
from stripe_sandbox.launch import Running
from tests.support import databases

SINCE = date(2026, 1, 1)
PASSWORD = "three small warm stones"
DESK, MANAGER = "desk@studio.example", "manager@studio.example"


@dataclass(frozen=True, slots=True)
class Site:
    """Where the application answers, and the studio it serves."""

    url: str
    seattle: Location


def free_port() -> int:
    """A port nobody listens on; the card page must know ours before we listen."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def settings_with(stripe: Running, *, url: str, port: int, folder: Path) -> Settings:
    """Settings that send cards to the stand-in and members back to this port."""
    return databases.settings_for(
        url,
        folder,
        port=port,
        stripe_api_base=stripe.url,
        stripe_api_key=Secret(stripe.api_key),
        stripe_webhook_secrets=(Secret(stripe.webhook_secret),),
        charge_threads=2,
    )


def open_studio() -> Location:
    """Seattle and Boise with taxes, a starter, two plans, a desk and a manager."""
    with transaction():
        seattle = _place("sea", "Seattle", "America/Los_Angeles", "US-WA", rate_ppm=103_500)
        boise = _place("boi", "Boise", "America/Boise", "US-default", rate_ppm=60_000)
        _price_list([seattle, boise])
        for email, role in ((DESK, "desk"), (MANAGER, "manager")):
            account = people.create_account(
                email=email, name=role.title(), password=PASSWORD, now=databases.START
            )
            people.grant_role(
                account.id, role=role, location_id=seattle.id, by=SYSTEM, now=databases.START
            )
    return seattle


def _place(slug: str, name: str, zone: str, jurisdiction: str, *, rate_ppm: int) -> Location:
    place = places.open_place(
        slug=slug,
        name=name,
        zone=zone,
        currency="USD",
        jurisdiction=jurisdiction,
        address=f"1 Pine Street\n{name}",
        number_prefix=slug.upper(),
        legal_entity=f"Taper {name} LLC",
        stripe_account="default",
        opened_on=SINCE,
    )
    for product_class in ("pack", "plan"):
        places.set_tax_rate(
            location_id=place.id,
            product_class=product_class,
            name="Sales tax",
            rate_ppm=rate_ppm,
            effective_from=SINCE,
        )
    return place


def _price_list(sold_at: list[Location]) -> None:
    starter = catalog.create_pack(code="STARTER-3", kind="starter", name="Starter 3")
    catalog.new_pack_version(
        starter.id,
        sessions=3,
        window_days=10,
        first_use_days=14,
        prices={place.id: 9900 for place in sold_at},
        effective_from=SINCE,
    )
    for tier, (name, allowance, cents) in enumerate(
        [("Maintenance 2", 2, 7900), ("Maintenance 4", 4, 13900)], start=1
    ):
        plan = catalog.create_plan(code=f"MAINT-{allowance}", name=name, tier=tier)
        catalog.new_plan_version(
            plan.id,
            interval=Interval(1, "month"),
            allowance=allowance,
            rollover_cap=allowance,
            rollover_periods=1,
            prices={place.id: PlanPriceTag(cents, 3000) for place in sold_at},
            effective_from=SINCE,
        )
