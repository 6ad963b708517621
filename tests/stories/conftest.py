"""The stage of every story: the whole application, charging through the stand-in for Stripe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from billing.gateway import Gateway
from config.clock import ManualLeaseClock, SimulatedClock
from config.settings import Settings
from stripe_sandbox.launch import Running
from tests.support.stage import standing
from tests.support.story import Story
from tests.support.studio import Studio


@pytest.fixture
def app(
    settings: Settings, clock: SimulatedClock, leases: ManualLeaseClock, gateway: Gateway
) -> Iterator[Flask]:
    """The application, charging through the stand-in."""
    with standing(settings, clock=clock, leases=leases, gateway=gateway) as app:
        yield app


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
