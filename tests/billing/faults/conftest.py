"""Faults know little of the database: by day one kind will do. The SDK waits as it does in life."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import stripe as sdk
from flask import Flask

from billing.gateway import Gateway
from billing.models import Payment
from billing.runs import run
from config.clock import SimulatedClock
from config.db import db
from stripe_sandbox.launch import Running
from tests.billing.faults.struck import ON
from tests.crash.shop import Shop, begin_plan, forget_starters, join, open_shop, put_card
from tests.support import databases


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK waits between two tries as it does in life: a slow answer has time to arrive."""
    monkeypatch.setattr(sdk.HTTPClient, "INITIAL_DELAY", 0.5)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.nightly)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with databases.fresh(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def gateway(stripe: Running) -> Gateway:
    """The product's own gateway, with little patience."""
    return Gateway(api_key=stripe.api_key, api_base=stripe.url, timeout_s=1)


@pytest.fixture
def due(app: Flask, stripe: Running, gateway: Gateway, clock: SimulatedClock) -> Shop:
    """One member whose first week is to be paid today."""
    shop = open_shop()
    member_id = join("ana", shop, clock.now())
    put_card(member_id, stripe=stripe, gateway=gateway, now=clock.now())
    begin_plan(member_id, shop.two, shop, clock.now())
    return shop


@pytest.fixture
def paid(due: Shop) -> str:
    """Her week is paid; the charge."""
    run.bill(due.sea, on=ON)
    forget_starters()
    charge_id = db.session.scalars(sa.select(Payment.charge_id)).one()
    db.session.rollback()
    return str(charge_id)
