"""Whatever goes wrong on the wire, once or for ever: nothing is charged twice, nothing is lost,
and all of it is settled once Stripe is back. Faults know nothing of the database: one kind will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import stripe as sdk
from flask import Flask

from billing import collect, janitor, payments, run
from billing.attempt_ends import Settled
from billing.gateway import Gateway
from billing.leases import Leased
from billing.models import Invoice, PaymentAttempt
from config import clock as time_of
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db
from stripe_sandbox.launch import Running
from tests.crash.shop import Shop, begin_plan, forget_starters, join, open_shop, put_card
from tests.support import databases

ON = date(2027, 1, 4)
LEASE_MS = 121_000
DAY_MS = 86_400_000
KEYS_ARE_KEPT = timedelta(hours=25)

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "timeout_before"},
    {"kind": "timeout_after"},
    {"kind": "reset"},
    {"kind": "reset_after"},
    {"kind": "500_before"},
    {"kind": "500_after"},
    {"kind": "500_outside"},
    {"kind": "409"},
    {"kind": "429"},
    {"kind": "429", "retry_after": 0},
    {"kind": "latency", "ms": 1500},
    {"kind": "unreadable"},
    {"kind": "undecodable"},
    {"kind": "wrong_object"},
)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK waits between two tries as it does in life: a slow answer has time to arrive."""
    monkeypatch.setattr(sdk.HTTPClient, "INITIAL_DELAY", 0.5)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with databases.fresh("sqlite", tmp_path) as url:
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


def _named(fault: dict[str, Any]) -> str:
    return fault["kind"] + (" with Retry-After" if "retry_after" in fault else "")


@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
@pytest.mark.parametrize("fault", FAULTS, ids=_named)
@pytest.mark.parametrize("endpoint", ["create", "confirm", "retrieve"])
def test_one_charge_is_made_and_written_down_once_stripe_is_back(
    endpoint: str,
    fault: dict[str, Any],
    times: int | None,
    due: Shop,
    app: Flask,
    stripe: Running,
    clock: SimulatedClock,
    leases: ManualLeaseClock,
) -> None:
    if endpoint == "retrieve":
        _leave_unknown(due, stripe)
        leases.advance(LEASE_MS)
    name = f"payment_intents.{endpoint}"
    stripe.control("POST", "faults", {"endpoint": name, "times": times, **fault})
    run.bill(due.sea, on=ON)
    janitor.look()

    assert _state() in ("sending", "succeeded"), "silence is not failure"
    assert _charges(stripe) <= 1
    fired = stripe.control("GET", "faults")["faults"][0]["fired"]
    assert fired >= 1, "the fault never struck"

    stripe.control("DELETE", "faults")
    _settle(stripe, leases, since=clock.now())
    assert _state() == "succeeded"
    assert _charges(stripe) == 1
    assert db.session.scalars(sa.select(Invoice.state)).all() == ["paid"]
    forget_starters()
    doctor = app.extensions["taper.doctor"]
    assert [f.violations for f in doctor.examine() if f.violations] == []


def test_worker_that_takes_silence_for_failure_says_unpaid_what_was_paid(
    due: Shop, app: Flask, stripe: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    careful = collect.charge

    def rash(leased: Leased, **means: Any) -> Settled:
        settled = careful(leased, **means)
        return settled or payments.refused(leased.attempt_id, code="timeout", now=time_of.now())

    monkeypatch.setattr(collect, "charge", rash)
    lost = {"endpoint": "payment_intents.confirm", "kind": "500_after", "times": 1}
    stripe.control("POST", "faults", lost)
    run.bill(due.sea, on=ON)
    assert _state() == "failed"
    assert _charges(stripe) == 1


def _leave_unknown(due: Shop, stripe: Running) -> None:
    """The card was charged, and the answer, asked for twice, was that something had broken."""
    lost = {"endpoint": "payment_intents.confirm", "kind": "500_after", "times": 1}
    stripe.control("POST", "faults", lost)
    run.bill(due.sea, on=ON)
    stripe.control("DELETE", "faults")
    assert _state() == "sending"


def _settle(stripe: Running, leases: ManualLeaseClock, *, since: datetime) -> None:
    """Look as the janitor does: after the lease, after minutes, after a day without keys."""
    now = since
    for _ in range(4):
        if _state() == "succeeded":
            return
        leases.advance(DAY_MS)
        janitor.look()
        now += KEYS_ARE_KEPT
        stripe.control("POST", "clock", {"now": now.isoformat()})


def _state() -> str:
    return db.session.scalars(sa.select(PaymentAttempt.state)).one()


def _charges(stripe: Running) -> int:
    return stripe.control("GET", "stats")["objects"]["charge"]
