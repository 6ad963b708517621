"""A fresh studio for every life: an application on an empty database, both clocks at the start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from billing.gateway import Gateway
from config.clock import ManualLeaseClock, SimulatedClock
from stripe_sandbox.launch import Running
from tests.support import databases, studio
from tests.support.stage import standing
from tests.support.story import Story


@contextmanager
def life_on(kind: str, folder: Path, stripe: Running) -> Iterator[Story]:
    """The reference group on the morning of Monday, January 4th 2027, with nobody in it."""
    stripe.control("POST", "reset", {"now": databases.START.isoformat()})
    stripe.control("POST", "payouts/schedule", {"every_days": 1})
    clock, leases = SimulatedClock(databases.START), ManualLeaseClock()
    gateway = Gateway(api_key=stripe.api_key, api_base=stripe.url, timeout_s=5)
    with databases.fresh(kind, folder) as url:
        settings = databases.settings_for(url, folder)
        with standing(settings, clock=clock, leases=leases, gateway=gateway) as app:
            yield Story(app, clock, leases, stripe, gateway, studio.build())
