"""Whatever goes wrong while evidence is handed in, once or for ever: the bank has one answer when
Stripe is back. Faults know nothing of the database: one kind will do.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from billing.disputes import answer_sends, answers, disputes
from billing.gateway import Gateway
from billing.models import Dispute, DisputeAnswer
from config.audit import SYSTEM
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db, run_txn
from stripe_sandbox.launch import Running
from tests.billing.faults.struck import FAULTS, named

HOURS_MS = 3 * 3_600_000
CALLS = ("disputes.retrieve", "files.create", "disputes.update")


@pytest.fixture
def asked(paid: str, stripe: Running, gateway: Gateway, clock: SimulatedClock) -> str:
    """Her payment is disputed, and somebody has pressed the button. Stripe's id."""
    stripe_id = stripe.control("POST", "disputes", {"charge": paid})["id"]
    disputes.look(stripe_id, gateway=gateway, now=clock.now())
    dispute_id = db.session.scalars(sa.select(Dispute.id)).one()
    run_txn(lambda: answers.ask(dispute_id, by=SYSTEM, now=clock.now()))
    return stripe_id


@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
@pytest.mark.parametrize("fault", FAULTS, ids=named)
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
