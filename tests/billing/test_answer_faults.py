"""Whatever goes wrong while evidence is handed in, once or for ever: the bank has one answer when
Stripe is back. Faults know nothing of the database: one kind will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import stripe as sdk
from flask import Flask

from billing import answer_sends, answers, disputes, run
from billing.gateway import Gateway
from billing.models import Dispute, DisputeAnswer, Payment
from config.audit import SYSTEM
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db, run_txn
from stripe_sandbox.launch import Running
from tests.billing.test_faults import FAULTS, _named
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card
from tests.support import databases

HOURS_MS = 3 * 3_600_000
CALLS = ("disputes.retrieve", "files.create", "disputes.update")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK waits between two tries as it does in life: a slow answer has time to arrive."""
    monkeypatch.setattr(sdk.HTTPClient, "INITIAL_DELAY", 0.5)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with databases.fresh("sqlite", tmp_path) as url:
        yield url


@pytest.fixture
def asked(app: Flask, stripe: Running, gateway: Gateway, clock: SimulatedClock) -> str:
    """A paid plan whose payment is disputed; somebody has pressed the button. Stripe's id."""
    shop = open_shop()
    member_id = join("ana", shop, clock.now())
    put_card(member_id, stripe=stripe, gateway=gateway, now=clock.now())
    begin_plan(member_id, shop.two, shop, clock.now())
    run.bill(shop.sea, on=clock.now().date())
    forget_starters()
    charge_id = db.session.scalars(sa.select(Payment.charge_id)).one()
    db.session.rollback()
    stripe_id = stripe.control("POST", "disputes", {"charge": charge_id})["id"]
    disputes.look(stripe_id, gateway=gateway, now=clock.now())
    dispute_id = db.session.scalars(sa.select(Dispute.id)).one()
    run_txn(lambda: answers.ask(dispute_id, by=SYSTEM, now=clock.now()))
    return stripe_id


@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
@pytest.mark.parametrize("fault", FAULTS, ids=_named)
@pytest.mark.parametrize("call", CALLS)
def test_the_bank_has_one_answer_when_stripe_is_back(
    call: str,
    fault: dict[str, Any],
    times: int | None,
    asked: str,
    stripe: Running,
    gateway: Gateway,
    leases: ManualLeaseClock,
) -> None:
    stripe.control("POST", "faults", {"endpoint": call, "times": times, **fault})
    answer_sends.work()
    assert _states() in (["sending"], ["submitted"]), "silence is no refusal"
    assert stripe.control("GET", "faults")["faults"][0]["fired"] >= 1, "the fault never struck"
    stripe.control("DELETE", "faults")
    for _ in range(3):
        leases.advance(HOURS_MS)
        answer_sends.work()
    seen = gateway._client.v1.disputes.retrieve(asked)
    assert (seen.status, seen.evidence_details.submission_count) == ("under_review", 1)
    assert seen.evidence.receipt.startswith("file_")
    assert _states() == ["submitted"]


def test_two_workers_who_hand_it_in_at_once_send_it_once(
    asked: str, stripe: Running, gateway: Gateway
) -> None:
    answer_id = db.session.scalars(sa.select(DisputeAnswer.id)).one()
    db.session.rollback()
    assert [answer_sends.send(answer_id) for _ in range(2)] == ["submitted", "taken"]
    assert gateway._client.v1.disputes.retrieve(asked).evidence_details.submission_count == 1


def _states() -> list[str]:
    query = sa.select(DisputeAnswer).execution_options(populate_existing=True)
    found = [one.state for one in db.session.scalars(query)]
    db.session.rollback()
    return found
