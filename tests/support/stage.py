"""The whole application as a test stands on it: open inside its context, closed behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import Flask

from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db
from config.settings import Settings
from tests.support.clients import OwnContextClient

if TYPE_CHECKING:
    from billing.gateway import Gateway


@contextmanager
def standing(
    settings: Settings, *, clock: SimulatedClock, leases: ManualLeaseClock, gateway: Gateway | None
) -> Iterator[Flask]:
    """The application on these clocks, charging through the gateway if there is one."""
    # Inside, so that a module that does not load stops the tests that need it, and no others.
    from app import create_app

    app = create_app(settings, clock=clock, leases=leases, gateway=gateway)
    app.test_client_class = OwnContextClient
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
