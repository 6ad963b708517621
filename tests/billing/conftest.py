"""A studio with a price list, a member, and the stand-in for Stripe behind the real gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from app import create_app
from billing import checkout, hosted
from billing.gateway import Gateway
from billing.models import Payment
from config.calendar import Interval
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db, transaction
from config.secret import Secret
from config.settings import Settings
from locations import places, tax_rates
from locations.models import Location
from membership import consents, members, product_versions
from membership.models import Member
from membership.rules.catalog import PlanPriceTag
from stripe_sandbox.launch import Running, launch
from tests.support import databases
from tests.support import studio as reference
from tests.support.clients import OwnContextClient
from tests.support.remembered import remembered
from tests.support.story import Story

WEBHOOK_SECRET = "whsec_only_for_tests"


@dataclass(frozen=True)
class Studio:
    """Seattle with a starter, a booster and two plans; ids of the versions on sale."""

    sea: Location
    starter: UUID
    booster: UUID
    monthly: UUID
    unlimited: UUID


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One stand-in per process of tests, on a clock of its own."""
    file = tmp_path_factory.mktemp("sandbox") / "stripe.sqlite3"
    with launch(db=file, now=databases.START, webhook_secret=WEBHOOK_SECRET) as running:
        yield running


@pytest.fixture
def stripe(sandbox: Running) -> Running:
    """The stand-in, emptied, at the tests' first instant."""
    sandbox.control("POST", "reset", {"now": databases.START.isoformat()})
    return sandbox


@pytest.fixture
def gateway(stripe: Running) -> Gateway:
    """The product's own gateway, pointed at the stand-in."""
    return Gateway(api_key=stripe.api_key, api_base=stripe.url, timeout_s=5)


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return databases.settings_for(
        database, tmp_path, stripe_webhook_secrets=(Secret(WEBHOOK_SECRET),), charge_threads=2
    )


@pytest.fixture
def app(
    settings: Settings, clock: SimulatedClock, leases: ManualLeaseClock, gateway: Gateway
) -> Iterator[Flask]:
    """The whole application, charging through the stand-in."""
    app = create_app(settings, clock=clock, leases=leases, gateway=gateway)
    app.test_client_class = OwnContextClient
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def studio(app: Flask) -> Studio:
    """Seattle, open since 2026, taxing packs and plans at 10.35 %."""
    return _opened()


@remembered
def _opened() -> Studio:
    since = date(2026, 1, 1)
    with transaction():
        sea = places.open_place(
            slug="sea",
            name="Seattle",
            zone="America/Los_Angeles",
            currency="USD",
            jurisdiction="US-WA",
            address="1 Pine Street\nSeattle, WA 98101",
            number_prefix="SEA",
            legal_entity="Taper Washington LLC",
            stripe_account="default",
            opened_on=since,
        )
        for product_class in ("pack", "plan"):
            tax_rates.begin(
                location_id=sea.id,
                product_class=product_class,
                name="WA sales tax",
                rate_ppm=103_500,
                effective_from=since,
            )
        return Studio(
            sea=sea,
            starter=_pack(sea, "STARTER-3", "starter", 9900),
            booster=_pack(sea, "DROP-IN", "drop_in", 5500),
            monthly=_plan(sea, "MAINT-2", 1, 2, 7900),
            unlimited=_plan(sea, "UNLIMITED", 9, None, 18600),
        )


@pytest.fixture
def member(studio: Studio) -> Member:
    """Ana, at home in Seattle."""
    with transaction():
        return members.register(
            account_id=None,
            name="Ana Example",
            email="ana@studio.example",
            phone="+12065550142",
            home_id=studio.sea.id,
            now=databases.START,
        )


@pytest.fixture
def reprice(studio: Studio) -> Callable[[int], None]:
    """Let another rate of tax hold for plans from the tests' first day on."""

    def repriced(rate_ppm: int) -> None:
        with transaction():
            tax_rates.begin(
                location_id=studio.sea.id,
                product_class="plan",
                name="WA sales tax",
                rate_ppm=rate_ppm,
                effective_from=date(2027, 1, 4),
            )

    return repriced


@pytest.fixture
def story(
    app: Flask,
    clock: SimulatedClock,
    leases: ManualLeaseClock,
    stripe: Running,
    gateway: Gateway,
) -> Story:
    """The reference group, for races that need more people than Ana, at ten on March 1st."""
    found = Story(app, clock, leases, stripe, gateway, reference.build())
    found.go("2027-03-01 10:00")
    return found


@pytest.fixture
def paid(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> Payment:
    """Ana's starter, paid on the hosted page."""
    page = checkout.sell_pack(
        member_id=member.id,
        pack_version_id=studio.starter,
        location_id=studio.sea.id,
        gateway=gateway,
        now=clock.now(),
    )
    session_id = page.rpartition("/")[2]
    stripe.control("POST", f"checkout/{session_id}/pay")
    hosted.finish(session_id, gateway=gateway, now=clock.now())
    return db.session.scalars(sa.select(Payment)).one()


def agree(
    member: Member, studio: Studio, plan_version_id: UUID, member_pack_id: UUID | None = None
) -> UUID:
    """The member's consent to exactly today's words; runs in the caller's transaction."""
    pack_version_id = studio.starter if member_pack_id else None
    words = consents.wording(
        plan_version_id=plan_version_id,
        location_id=studio.sea.id,
        pack_version_id=pack_version_id,
        on=date(2027, 1, 4),
        member_id=member.id,
    )
    return consents.give(
        member_id=member.id,
        plan_version_id=plan_version_id,
        location_id=studio.sea.id,
        tax_cents=words.tax_cents,
        text=words.text,
        text_version=words.version,
        member_pack_id=member_pack_id,
        now=databases.START,
        by_account_id=None,
        address="127.0.0.1",
        agent="a browser",
    ).id


def _pack(place: Location, code: str, kind: str, cents: int) -> UUID:
    pack = product_versions.create_pack(code=code, kind=kind, name=code.title())  # type: ignore[arg-type]
    return product_versions.new_pack_version(
        pack.id,
        sessions=3 if kind == "starter" else 1,
        window_days=10,
        first_use_days=14,
        prices={place.id: cents},
        effective_from=date(2026, 1, 1),
    ).id


def _plan(place: Location, code: str, tier: int, allowance: int | None, cents: int) -> UUID:
    plan = product_versions.create_plan(code=code, name=code.title(), tier=tier)
    return product_versions.new_plan_version(
        plan.id,
        interval=Interval(1, "month"),
        allowance=allowance,
        rollover_cap=allowance or 0,
        rollover_periods=1 if allowance else 0,
        prices={place.id: PlanPriceTag(cents, 3500 if allowance else None)},
        effective_from=date(2026, 1, 1),
    ).id
