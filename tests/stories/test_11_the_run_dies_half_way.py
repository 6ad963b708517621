"""Story 11: the worker is killed in the middle of a run; the next one finishes it.

Nobody is charged twice, nobody is forgotten, and who cannot be billed waits for a person.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.gateway import Gateway
from billing.models import BillingRun, Parked, Payment, PaymentAttempt
from billing.payments import janitor
from billing.runs import run
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db, transaction
from config.settings import Settings
from membership.models import Membership
from stripe_sandbox.launch import Running
from tests.crash.half_way import bill_and_die
from tests.crash.points import KILLED
from tests.crash.shop import Shop, begin_plan, forget_starters, join, open_shop, put_card
from tests.support import databases

FIRST = date(2027, 1, 4)
SECOND = date(2027, 1, 11)
MONDAY_MORNING = datetime(2027, 1, 11, 17, tzinfo=UTC)
LEASE_MS = 121_000


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return databases.settings_for(
        database, tmp_path, stripe_rate_per_endpoint=100_000, stripe_rate_total=100_000
    )


@pytest.mark.parametrize(
    ("due", "killed_after"),
    [(24, 11), pytest.param(1200, 547, marks=pytest.mark.nightly)],
)
def test_run_of_january_11_is_killed_and_everyone_is_charged_once(
    due: int,
    killed_after: int,
    app: Flask,
    settings: Settings,
    clock: SimulatedClock,
    leases: ManualLeaseClock,
    stripe: Running,
    gateway: Gateway,
) -> None:
    shop = _members(due, clock=clock, stripe=stripe, gateway=gateway)
    clock.set(MONDAY_MORNING)
    stripe.control("POST", "clock", {"now": MONDAY_MORNING.isoformat()})
    _poison_one()

    died = bill_and_die(
        url=settings.database_url,
        folder=settings.var_dir,
        stripe=stripe,
        on=SECOND,
        now=MONDAY_MORNING,
        paid_before=killed_after,
    )
    assert died == KILLED
    assert _paid_on(SECOND) == killed_after
    assert _charges(stripe) == due + killed_after + 1, "one was charged and not written down"

    assert not run.bill(shop.sea, on=SECOND).taken, "the dead worker's claim has not run out"
    leases.advance(LEASE_MS)
    resumed = run.bill(shop.sea, on=SECOND)
    assert resumed.taken
    assert resumed.resumed
    assert janitor.look()["succeeded"] == 1

    assert _paid_on(SECOND) == due - 1
    assert _charges(stripe) == due + due - 1
    assert db.session.scalars(sa.select(Parked.code)).all() == ["currency_mismatch"]
    told = db.session.scalars(sa.select(BillingRun).where(BillingRun.business_date == SECOND)).one()
    assert (told.state, told.resumes, told.issued, told.parked) == ("done", 1, due - 1, 1)
    assert set(db.session.scalars(sa.select(PaymentAttempt.state))) == {"succeeded"}
    doctor = app.extensions["taper.doctor"]
    assert [f.violations for f in doctor.examine() if f.violations] == []


def _members(count: int, *, clock: SimulatedClock, stripe: Running, gateway: Gateway) -> Shop:
    """So many on a weekly plan, their first week paid on January 4."""
    shop = open_shop()
    for n in range(count):
        member_id = join(f"m{n}", shop, clock.now())
        put_card(member_id, stripe=stripe, gateway=gateway, now=clock.now())
        begin_plan(member_id, shop.two, shop, clock.now())
    assert run.bill(shop.sea, on=FIRST).outcomes["succeeded"] == count
    forget_starters()
    return shop


def _poison_one() -> None:
    with transaction():
        one = sa.select(Membership.id).order_by(Membership.id).limit(1).scalar_subquery()
        db.session.execute(sa.update(Membership).where(Membership.id == one).values(currency="EUR"))


def _paid_on(on: date) -> int:
    query = sa.select(sa.func.count()).select_from(Payment).where(Payment.received_on == on)
    return int(db.session.scalar(query) or 0)


def _charges(stripe: Running) -> int:
    return stripe.control("GET", "stats")["objects"]["charge"]
