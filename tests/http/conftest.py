"""A world of members and staff behind the whole application, charging at the stand-in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from billing.gateway import Gateway
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db
from stripe_sandbox.launch import Running, launch
from tests.http.world import Known, World, built
from tests.support import databases, studio
from tests.support.stage import standing
from tests.support.story import Story


@contextmanager
def opened(file: Path, stripe: Running) -> Iterator[tuple[Flask, Gateway]]:
    """The whole application on this database file, inside its context."""
    gateway = Gateway(api_key=stripe.api_key, api_base=stripe.url, timeout_s=5)
    clock, leases = SimulatedClock(databases.START), ManualLeaseClock()
    settings = databases.settings_for(f"sqlite:///{file}", file.parent)
    with standing(settings, clock=clock, leases=leases, gateway=gateway) as app:
        yield app, gateway


@pytest.fixture(scope="session")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stand-in for Stripe that nobody else empties: the world's payments lie there."""
    file = tmp_path_factory.mktemp("till") / "stripe.sqlite3"
    with launch(db=file, now=databases.START) as running:
        yield running


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory, till: Running) -> tuple[Path, Known]:
    """The world's database, on SQLite: who may see what does not depend on its kind."""
    folder = tmp_path_factory.mktemp("world")
    with (
        databases.fresh("sqlite", folder) as url,
        opened(Path(url.removeprefix("sqlite:///")), till) as (app, gateway),
    ):
        clock, leases = app.extensions["taper.clock"], ManualLeaseClock()
        known = built(Story(app, clock, leases, till, gateway, studio.build()))
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "taper.sqlite3", known


@pytest.fixture
def world(built_once: tuple[Path, Known], till: Running, tmp_path: Path) -> Iterator[World]:
    """A copy of the world for one test alone."""
    file, known = built_once
    copy = tmp_path / "taper.sqlite3"
    shutil.copyfile(file, copy)
    with opened(copy, till) as (app, _gateway):
        yield World(app, known)
