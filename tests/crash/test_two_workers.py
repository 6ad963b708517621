"""Two workers over PostgreSQL, killed at random while they share a run."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app import create_app
from billing.gateway import Gateway
from billing.models import Payment, PaymentAttempt
from billing.reconciling.reconcile import collected_findings
from billing.runs import run
from config.clock import SimulatedClock
from config.db import db
from config.secret import Secret
from config.settings import Settings
from stripe_sandbox.launch import Running
from tests.crash.harness import ROOT
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card
from tests.crash.worker import SharedLeaseClock
from tests.support import databases

pytestmark = pytest.mark.long

FIRST, SECOND = date(2027, 1, 4), date(2027, 1, 11)
RUN_AT = datetime(2027, 1, 11, 17, tzinfo=UTC)
LEASE_MS = 121_000
PATIENCE_S = 240


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with databases.fresh("postgresql", tmp_path) as url:
        yield url


@pytest.fixture
def settings(database: str, tmp_path: Path, stripe: Running) -> Settings:
    return databases.settings_for(
        database,
        tmp_path,
        charge_threads=4,
        stripe_api_key=Secret(stripe.api_key),
        stripe_api_base=stripe.url,
        stripe_rate_per_endpoint=100_000,
        stripe_rate_total=100_000,
    )


@pytest.fixture
def app(settings: Settings, clock: SimulatedClock, tmp_path: Path) -> Iterator[Flask]:
    """Here only to set the scene and to look at the end; the workers build their own."""
    app = create_app(settings, clock=clock, leases=SharedLeaseClock(tmp_path / "leases"))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize(
    ("members", "kills", "seed"),
    [(40, 4, 1), *(pytest.param(200, 20, seed, marks=pytest.mark.nightly) for seed in range(3))],
)
def test_two_workers_killed_at_random_charge_everyone_once(
    members: int,
    kills: int,
    seed: int,
    app: Flask,
    settings: Settings,
    clock: SimulatedClock,
    stripe: Running,
    tmp_path: Path,
) -> None:
    _scene(members, settings=settings, clock=clock, stripe=stripe)
    _share_the_run(
        kills, random.Random(seed), settings=settings, stripe=stripe, folder=tmp_path, paid=members
    )
    assert _paid() == members
    assert stripe.control("GET", "stats")["objects"]["charge"] == 2 * members
    assert set(db.session.scalars(sa.select(PaymentAttempt.state))) == {"succeeded"}
    doctor = app.extensions["taper.doctor"]
    assert [f.violations for f in doctor.examine() if f.violations] == []
    assert list(collected_findings(_gateway(settings, stripe), asked_at=RUN_AT)) == []


def _scene(count: int, *, settings: Settings, clock: SimulatedClock, stripe: Running) -> None:
    """Everybody on a weekly plan, the first week paid, the second due."""
    shop = open_shop()
    gateway = _gateway(settings, stripe)
    for n in range(count):
        member_id = join(f"m{n}", shop, clock.now())
        put_card(member_id, stripe=stripe, gateway=gateway, now=clock.now())
        begin_plan(member_id, shop.two, shop, clock.now())
    assert run.bill(shop.sea, on=FIRST).outcomes["succeeded"] == count
    forget_starters()
    clock.set(RUN_AT)
    stripe.control("POST", "clock", {"now": RUN_AT.isoformat()})


def _share_the_run(
    kills: int,
    chance: random.Random,
    *,
    settings: Settings,
    stripe: Running,
    folder: Path,
    paid: int,
) -> None:
    """Two workers at a time; whoever is killed is followed by another, until all is paid."""
    leases = SharedLeaseClock(folder / "leases")
    task = json.dumps(
        {
            "url": settings.database_url,
            "folder": str(folder),
            "stripe": [stripe.url, stripe.api_key],
            "on": SECOND.isoformat(),
            "now": RUN_AT.isoformat(),
        }
    )
    command = [sys.executable, "-m", "tests.crash.worker", task]
    until = time.monotonic() + PATIENCE_S
    workers = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    try:
        for n in range(kills):
            goal = _paid() + chance.randrange(1, max(2, paid // kills))
            _wait(lambda goal=goal: _paid() >= min(goal, paid), until)
            workers[n % 2].kill()
            workers[n % 2].wait()
            leases.advance(LEASE_MS)  # under the other one's hands, too
            workers[n % 2] = subprocess.Popen(command, cwd=ROOT)
        while _paid() < paid:
            assert time.monotonic() < until, "the workers did not finish"
            _wait(lambda: _paid() == paid, min(until, time.monotonic() + 3))
            leases.advance(LEASE_MS * 3)
    finally:
        (folder / "stop").touch()
        for worker in workers:
            worker.wait(timeout=60)


def _wait(done: Callable[[], bool], until: float) -> None:
    while not done() and time.monotonic() < until:
        time.sleep(0.01)


def _paid() -> int:
    query = sa.select(sa.func.count()).select_from(Payment).where(Payment.received_on == SECOND)
    count = int(db.session.scalar(query) or 0)
    db.session.rollback()
    return count


def _gateway(settings: Settings, stripe: Running) -> Gateway:
    return Gateway(api_key=stripe.api_key, api_base=stripe.url, timeout_s=settings.stripe_timeout_s)
