"""A studio with a price list, a member, and the stand-in for Stripe behind the real gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.gateway import Gateway
from billing.models import Payment
from billing.payments import hosted
from billing.sales import checkout
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db, transaction
from config.settings import Settings
from locations import tax_rates
from membership.models import Member
from membership.people import members
from stripe_sandbox.launch import Running
from tests.billing.daily_look import go
from tests.billing.letters import post
from tests.billing.price_list import Studio, opened
from tests.support import databases
from tests.support import studio as reference
from tests.support.stage import standing
from tests.support.story import Story

__all__ = ["go", "post"]  # fixtures that stand with what they are about


@pytest.fixture
def stripe(sandbox: Running) -> Running:
    """The stand-in, emptied, at the tests' first instant; its payouts go when a test says so."""
    sandbox.control("POST", "reset", {"now": databases.START.isoformat()})
    return sandbox


@pytest.fixture
def app(
    settings: Settings, clock: SimulatedClock, leases: ManualLeaseClock, gateway: Gateway
) -> Iterator[Flask]:
    """The whole application, charging through the stand-in."""
    with standing(settings, clock=clock, leases=leases, gateway=gateway) as app:
        yield app


@pytest.fixture
def studio(app: Flask) -> Studio:
    """Seattle, open since 2026, taxing packs and plans at 10.35 %."""
    return opened()


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
