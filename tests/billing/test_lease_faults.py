"""Work that is held by one worker: a run, an attempt, and an attempt whose answer is slow."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.models import PaymentAttempt
from billing.payments import janitor, leases
from billing.payments.attempt_ends import Settled
from billing.payments.collect import charge_one
from billing.recovery import retries
from billing.runs import run, runs
from config import clock as time_of
from config.clock import LeaseClock, SystemLeaseClock
from config.db import db, run_txn
from stripe_sandbox.launch import Running
from tests.billing.test_races import MANY, ON, _declined, at_once, due
from tests.crash.shop import Shop

__all__ = ["due"]

SLOW_MS = 1500  # the gateway of these tests waits for five seconds


def ready(due: Shop, stripe: Running) -> UUID:
    """A second try that nobody has yet, after a card was declined."""
    invoice_id, now = _declined(due, stripe), time_of.now()
    run_txn(lambda: retries.open_try(invoice_id, not_before=now, now=now))
    waiting = sa.select(PaymentAttempt.id).where(PaymentAttempt.state == "ready")
    attempt_id = db.session.scalars(waiting).one()
    db.session.rollback()
    return attempt_id


def test_claim_of_a_run_that_was_over_before_is_given_to_one(app: Flask, due: Shop) -> None:
    """Its row is there already, so that nothing but the lock on it keeps the others waiting."""
    assert run.bill(due.sea, on=ON).taken
    now, sea_id = time_of.now(), due.sea.id
    given = at_once(app, lambda: run_txn(lambda: runs.claim(sea_id, on=ON, now=now)))
    assert sum(one is not None for one in given) == 1


def test_attempt_is_leased_to_one_of_those_who_come_at_once(
    app: Flask, due: Shop, stripe: Running
) -> None:
    attempt_id, now = ready(due, stripe), time_of.now()
    given = at_once(
        app, lambda: run_txn(lambda: leases.take(attempt_id, lease_ms=120_000, now=now))
    )
    assert sum(one is not None for one in given) == 1
    assert len(given) == MANY


class TestSlow:
    """Lease time is the machine's own here, because what it is measured against is."""

    @pytest.fixture
    def leases(self) -> LeaseClock:
        return SystemLeaseClock()

    def test_attempt_whose_answer_is_slow_is_left_to_the_worker_that_waits_for_it(
        self, app: Flask, due: Shop, stripe: Running
    ) -> None:
        attempt_id = ready(due, stripe)
        slow = {"endpoint": "payment_intents.confirm", "kind": "latency", "ms": SLOW_MS, "times": 1}
        stripe.control("POST", "faults", slow)
        begun = stripe.control("GET", "stats")["calls"]["payment_intents.confirm"]
        over = threading.Event()

        def slowly() -> Settled | None:
            try:
                return charge_one(attempt_id)
            finally:
                over.set()

        def impatiently() -> None:
            while not over.wait(0.05):
                janitor.look()

        settled, _ = at_once(app, slowly, impatiently)
        assert settled is not None
        assert settled.state == "succeeded"
        calls = stripe.control("GET", "stats")["calls"]
        assert calls["payment_intents.confirm"] == begun + 1, "two asked for the same attempt"
