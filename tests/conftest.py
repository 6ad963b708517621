"""The ground every test stands on: a fresh database of each kind, a clock that waits for us."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.clock import ManualLeaseClock, SimulatedClock
from config.settings import Settings
from stripe_sandbox.launch import Running, launch
from tests.support import databases, kinds, postgres
from tests.support import studio as reference
from tests.support.stage import standing
from tests.support.studio import Studio

if TYPE_CHECKING:
    from billing.gateway import Gateway


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--one-database`: each test on one kind of database, half the time of all of them."""
    parser.addoption(
        "--one-database", action="store_true", help="each test on one kind of database"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a quick look does."""
    if config.getoption("--one-database", default=False):
        out = kinds.left_out(item.nodeid for item in items)
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in out])
        items[:] = [item for item in items if item.nodeid not in out]


def pytest_configure(config: pytest.Config) -> None:
    """The first process owns the PostgreSQL server of this run."""
    if not hasattr(config, "workerinput"):
        postgres.own()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: tests wait for the stand-in, for servers and for browsers."""
    return (os.cpu_count() or 1) + 1


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing running."""
    if not hasattr(config, "workerinput"):
        postgres.disown()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database; each test runs once on either kind."""
    with databases.fresh(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def clock() -> SimulatedClock:
    """Business time: 2027-01-04 17:00 UTC until a test moves it."""
    return SimulatedClock(databases.START)


@pytest.fixture
def leases() -> ManualLeaseClock:
    """Lease time, moved by hand and apart from business time."""
    return ManualLeaseClock()


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings on the fresh database; a module may override this fixture."""
    return databases.settings_for(database, tmp_path)


@pytest.fixture
def app(settings: Settings, clock: SimulatedClock, leases: ManualLeaseClock) -> Iterator[Flask]:
    """The whole application, inside its context; nothing calls Stripe."""
    with standing(settings, clock=clock, leases=leases, gateway=None) as app:
        yield app


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One stand-in for Stripe per process of tests, on a clock of its own."""
    file = tmp_path_factory.mktemp("sandbox") / "stripe.sqlite3"
    with launch(db=file, now=databases.START, webhook_secret=databases.WEBHOOK_SECRET) as running:
        yield running


@pytest.fixture
def stripe(sandbox: Running) -> Running:
    """The stand-in, emptied, at the tests' first instant."""
    sandbox.control("POST", "reset", {"now": databases.START.isoformat()})
    sandbox.control("POST", "payouts/schedule", {"every_days": 1})  # as Stripe does by itself
    return sandbox


@pytest.fixture
def gateway(stripe: Running) -> Gateway:
    """The product's own gateway, pointed at the stand-in."""
    # Inside, because Stripe's client takes long to load and most tests never call it.
    from billing.gateway import Gateway

    return Gateway(api_key=stripe.api_key, api_base=stripe.url, timeout_s=5)


@pytest.fixture
def studio(app: Flask) -> Studio:
    """The reference group: four studios, their price list and staff."""
    return reference.build()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies yet, on https as `__Host-` cookies need."""
    return app.test_client()
