"""Whatever goes wrong on the wire, once or for ever: nothing is charged twice, nothing is lost,
and all of it is settled once Stripe is back. Faults know nothing of the database: one kind will do.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.models import Invoice, PaymentAttempt
from billing.payments import collect, janitor, payments
from billing.payments.attempt_ends import Settled
from billing.payments.leases import Leased
from billing.runs import run
from config import clock as time_of
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db
from stripe_sandbox.launch import Running
from tests.billing.faults.struck import DAY_MS, FAULTS, KEYS_ARE_KEPT, LEASE_MS, ON, named
from tests.crash.shop import Shop, forget_starters


@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
@pytest.mark.parametrize("fault", FAULTS, ids=named)
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
