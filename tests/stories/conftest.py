"""The stage of every story: the whole application, charging through the stand-in for Stripe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app import create_app
from billing.gateway import Gateway
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db
from config.settings import Settings
from stripe_sandbox.launch import Running
from tests.support.clients import OwnContextClient
from tests.support.story import Story
from tests.support.studio import Studio


@pytest.fixture
def gateway(stripe: Running) -> Gateway:
    """The product's own gateway, pointed at the stand-in."""
    return Gateway(api_key=stripe.api_key, api_base=stripe.url, timeout_s=5)


@pytest.fixture
def app(
    settings: Settings, clock: SimulatedClock, leases: ManualLeaseClock, gateway: Gateway
) -> Iterator[Flask]:
    app = create_app(settings, clock=clock, leases=leases, gateway=gateway)
    app.test_client_class = OwnContextClient
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def story(
    app: Flask,
    clock: SimulatedClock,
    leases: ManualLeaseClock,
    stripe: Running,
    gateway: Gateway,
    studio: Studio,
) -> Story:
    """The reference group on the morning of Monday, January 4th 2027."""
    return Story(app, clock, leases, stripe, gateway, studio)
