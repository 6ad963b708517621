"""Whatever goes wrong while a dispute or a warning is looked at, once or for ever: it is written
down once, as it is, when Stripe is back. Faults know nothing of the database: one kind will do.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import stripe as sdk
from flask import Flask

from billing.disputes import disputes
from billing.gateway import Gateway, OutcomeUnknown, Throttled
from billing.gateway.letters import open_letter
from billing.letters import letters
from billing.models import Dispute, FraudWarning, Parked, WebhookEvent
from config.clock import SimulatedClock
from config.db import db, run_txn
from membership.models import Membership
from stripe_sandbox.launch import Running
from tests.billing.faults.struck import FAULTS, named
from tests.support.databases import WEBHOOK_SECRET

LONG_AFTER = timedelta(hours=12)


@pytest.fixture
def letter(paid: str, stripe: Running, clock: SimulatedClock) -> str:
    """Her payment is disputed; the letter about it waits."""
    dispute_id = stripe.control("POST", "disputes", {"charge": paid})["id"]
    _keep("charge.dispute.created", dispute_id, clock.now())
    return dispute_id


@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_dispute_is_written_down_once_when_stripe_is_back(
    fault: dict[str, Any],
    times: int | None,
    letter: str,
    app: Flask,
    stripe: Running,
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    stripe.control("POST", "faults", {"endpoint": "disputes.retrieve", "times": times, **fault})
    letters.open_waiting(clock.now(), 10, gateway)
    assert db.session.scalars(sa.select(Dispute.state)).all() in ([], ["open"])
    assert stripe.control("GET", "faults")["faults"][0]["fired"] >= 1, "the fault never struck"
    stripe.control("DELETE", "faults")
    clock.advance(LONG_AFTER)
    letters.open_waiting(clock.now(), 10, gateway)
    assert db.session.scalars(sa.select(WebhookEvent.state)).all() == ["done"]
    assert db.session.scalars(sa.select(Dispute.state)).all() == ["open"]
    assert db.session.scalars(sa.select(Membership.status)).all() == ["locked"]
    assert db.session.scalars(sa.select(Parked.id).where(Parked.resolved_at.is_(None))).all() == []
    doctor = app.extensions["taper.doctor"]
    assert [f.violations for f in doctor.examine() if f.violations] == []


@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_dispute_that_no_letter_told_of_is_found_in_the_list_when_stripe_is_back(
    fault: dict[str, Any],
    times: int | None,
    letter: str,
    stripe: Running,
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    until = int(clock.now().timestamp()) + 60
    stripe.control("POST", "faults", {"endpoint": "disputes.list", "times": times, **fault})
    try:
        disputes.catch_up(since=0, until=until, gateway=gateway, now=clock.now())
    except (OutcomeUnknown, Throttled):
        assert db.session.scalars(sa.select(Dispute.state)).all() == []
    stripe.control("DELETE", "faults")
    for _ in range(2):
        found = disputes.catch_up(since=0, until=until, gateway=gateway, now=clock.now())
        assert found == {"open": 1}
    assert db.session.scalars(sa.select(Dispute.state)).all() == ["open"]


@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_warning_of_fraud_is_written_down_once_when_stripe_is_back(
    fault: dict[str, Any],
    times: int | None,
    paid: str,
    stripe: Running,
    gateway: Gateway,
    clock: SimulatedClock,
) -> None:
    warned = stripe.control("POST", "fraud_warnings", {"charge": paid})["id"]
    _keep("radar.early_fraud_warning.created", warned, clock.now())
    struck = {"endpoint": "radar.early_fraud_warnings.retrieve", "times": times, **fault}
    stripe.control("POST", "faults", struck)
    letters.open_waiting(clock.now(), 10, gateway)
    assert stripe.control("GET", "faults")["faults"][0]["fired"] >= 1, "the fault never struck"
    stripe.control("DELETE", "faults")
    for _ in range(2):
        clock.advance(LONG_AFTER)
        letters.open_waiting(clock.now(), 10, gateway)
    assert db.session.scalars(sa.select(WebhookEvent.state)).all() == ["done"]
    assert db.session.scalars(sa.select(FraudWarning.stripe_id)).all() == [warned]


def _keep(kind: str, subject_id: str, now: datetime) -> None:
    subject = {"id": subject_id, "object": kind.rpartition(".")[0], "metadata": {}}
    body = json.dumps({"id": "evt_1", "type": kind, "livemode": False, "data": {"object": subject}})
    stamp = int(now.timestamp())
    header = sdk.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET, stamp)
    letter = open_letter(body.encode(), header, secrets=[WEBHOOK_SECRET], now_s=stamp)
    run_txn(lambda: letters.keep(letter, stripe_account="default", expects_live=False, now=now))
