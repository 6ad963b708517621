"""Two at once. Beside each race stands the same race without its guard, to show that it is one.

A gate makes everybody read before anybody writes, wherever nothing forbids it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from billing.gateway import Gateway
from billing.leaving import endings
from billing.models import (
    BillingRun,
    Invoice,
    Parked,
    Payment,
    PaymentAttempt,
    PaymentIntent,
)
from billing.payments import held, outcomes, payments
from billing.payments.collect import charge_one
from billing.payments.leases import Leased, take
from billing.recovery import retries
from billing.runs import run, runs
from config import clock as time_of
from config.audit import SYSTEM
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db, run_txn
from config.errors import Unavailable
from membership.models import Membership
from membership.plans import charges
from membership.rules.due import Due
from stripe_sandbox.launch import Running
from tests.crash.shop import Shop, begin_plan, join, open_shop, put_card

ON, NEXT = date(2027, 1, 4), date(2027, 1, 11)
A_WEEK_LATER = datetime(2027, 1, 11, 17, tzinfo=UTC)
MANY = 4


@pytest.fixture
def due(app: Flask, stripe: Running, gateway: Gateway, clock: SimulatedClock) -> Shop:
    """Three members whose first week is to be paid today."""
    shop = open_shop()
    for who in ("ana", "ben", "cleo"):
        member_id = join(who, shop, clock.now())
        put_card(member_id, stripe=stripe, gateway=gateway, now=clock.now())
        begin_plan(member_id, shop.two, shop, clock.now())
    return shop


def at_once(app: Flask, work: Callable[[], Any], *others: Callable[[], Any]) -> list[Any]:
    """What each returned, all begun together; one work alone is done by several."""
    works = (work, *others) if others else (work,) * MANY
    ready = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        with app.app_context():
            ready.wait(timeout=30)
            try:
                return work()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def test_runs_at_once_share_nothing_but_one_bills(app: Flask, due: Shop, stripe: Running) -> None:
    reports = at_once(app, lambda: run.bill(due.sea, on=ON))
    assert sum(report.issued for report in reports) == 3
    assert stripe.control("GET", "stats")["objects"]["charge"] == 3
    assert db.session.scalars(sa.select(sa.func.count(Payment.id))).one() == 3


def test_claim_of_a_run_is_given_to_one(app: Flask, due: Shop) -> None:
    now, sea_id = time_of.now(), due.sea.id
    given = at_once(app, lambda: run_txn(lambda: runs.claim(sea_id, on=ON, now=now)))
    assert sum(one is not None for one in given) == 1


def test_claim_that_is_read_and_then_written_is_given_to_several(app: Flask, due: Shop) -> None:
    assert run.bill(due.sea, on=ON).taken  # the row is there, and free again
    seen = threading.Barrier(MANY)

    def naive() -> bool:
        free = db.session.scalar(sa.select(BillingRun.lease_until_ms)) is None
        db.session.rollback()
        seen.wait(timeout=30)
        if free:
            run_txn(lambda: db.session.execute(sa.update(BillingRun).values(lease_until_ms=1)))
        return free

    assert sum(at_once(app, naive)) == MANY


@pytest.fixture
def charged(app: Flask, due: Shop, stripe: Running, gateway: Gateway) -> tuple[UUID, Any]:
    """An attempt that is paid at Stripe while nothing here says so, and its intent."""
    lost = {"endpoint": "payment_intents.confirm", "kind": "500_after", "times": 3}
    stripe.control("POST", "faults", lost)
    run.bill(due.sea, on=ON)
    stripe.control("DELETE", "faults")
    query = sa.select(PaymentAttempt.id, PaymentIntent.stripe_id).join(
        PaymentIntent, PaymentIntent.id == PaymentAttempt.intent_id
    )
    attempt_id, stripe_id = db.session.execute(
        query.where(PaymentAttempt.state == "sending").limit(1)
    ).one()
    return attempt_id, gateway.retrieve_intent(stripe_id)


def test_worker_letter_janitor_and_page_write_one_payment(
    app: Flask, charged: tuple[UUID, Any]
) -> None:
    attempt_id, intent = charged
    now = time_of.now()
    settled = at_once(app, lambda: payments.settle(attempt_id, intent, now=now))
    assert sum(one.changed for one in settled) == 1
    assert {one.state for one in settled} == {"succeeded"}
    written = sa.select(sa.func.count(Payment.id)).where(Payment.attempt_id == attempt_id)
    assert db.session.scalar(written) == 1


def test_result_that_is_read_before_the_lock_is_written_by_several(
    app: Flask, charged: tuple[UUID, Any]
) -> None:
    attempt_id, intent = charged
    now = time_of.now()
    seen = threading.Barrier(MANY)
    tried: list[str] = []

    def naive() -> None:
        before = run_txn(lambda: held.lock(attempt_id))  # and the lock is gone again
        seen.wait(timeout=30)
        if before.state == "sending":
            tried.append(before.state)
            with suppress(IntegrityError):  # only the table's own key still stops the second
                run_txn(lambda: outcomes.succeeded(before, intent, on=ON, now=now))

    at_once(app, naive)
    assert len(tried) == MANY


def test_new_card_and_planned_retry_open_one_try_between_them(
    app: Flask, due: Shop, stripe: Running
) -> None:
    invoice_id = _declined(due, stripe)
    now = time_of.now()
    opened = at_once(
        app, lambda: run_txn(lambda: retries.open_try(invoice_id, not_before=now, now=now))
    )
    assert sum(opened) == 1
    ready = sa.select(PaymentAttempt.id).where(PaymentAttempt.state == "ready")
    attempt_id = db.session.scalars(ready).one()
    before = stripe.control("GET", "stats")["objects"]["charge"]
    settled = at_once(app, lambda: charge_one(attempt_id))
    assert sum(one is not None for one in settled) == 1, "one worker has it, the others pass on"
    assert stripe.control("GET", "stats")["objects"]["charge"] == before + 1


def test_try_that_is_read_and_then_written_is_opened_by_several(
    app: Flask, due: Shop, stripe: Running
) -> None:
    invoice_id = _declined(due, stripe)
    seen = threading.Barrier(MANY)

    def naive() -> bool:
        query = sa.select(PaymentAttempt.state).where(PaymentAttempt.invoice_id == invoice_id)
        found = db.session.scalars(query).one()
        db.session.rollback()
        seen.wait(timeout=30)
        return found == "failed"

    assert sum(at_once(app, naive)) == MANY


def test_cancelling_waits_for_a_payment_that_is_being_made(
    app: Flask, due: Shop, stripe: Running, gateway: Gateway, leases: ManualLeaseClock
) -> None:
    invoice_id = _declined(due, stripe)
    leased = _leased_again(invoice_id)
    plan = db.session.scalars(sa.select(Invoice.membership_id).where(Invoice.id == invoice_id))
    membership_id = plan.one()
    assert membership_id is not None
    with pytest.raises(Unavailable):
        endings.cancel(membership_id, on=ON, by=SYSTEM, gateway=gateway)
    assert db.session.get_one(Invoice, invoice_id, populate_existing=True).state == "open"

    leases.advance(121_000)  # nobody knows what became of it: the member is not kept waiting
    endings.cancel(membership_id, on=ON, by=SYSTEM, gateway=gateway)
    assert leased.stripe_id is not None
    paid = gateway.confirm_intent(leased.stripe_id, key="cf:late", payment_method_id=_card(leased))
    settled = payments.settle(leased.attempt_id, paid, now=time_of.now())
    assert settled.state == "failed"
    assert db.session.scalars(sa.select(Parked.code)).all() == ["late_money"]
    assert db.session.get_one(Invoice, invoice_id, populate_existing=True).state == "void"


def test_cancelling_while_the_run_goes_on_ends_before_or_after_the_new_week(
    app: Flask, due: Shop, stripe: Running, gateway: Gateway, clock: SimulatedClock
) -> None:
    run.bill(due.sea, on=ON)
    clock.set(A_WEEK_LATER)
    plan = sa.select(Membership).order_by(Membership.id.desc()).limit(1)
    id_ = db.session.scalars(plan).one().id
    db.session.rollback()
    at_once(
        app,
        lambda: run.bill(due.sea, on=NEXT),
        lambda: endings.cancel(id_, on=NEXT, by=SYSTEM, gateway=gateway),
    )
    now = db.session.get_one(Membership, id_, populate_existing=True)
    weeks = sa.select(sa.func.count(Invoice.id)).where(Invoice.membership_id == id_)
    billed = db.session.scalar(weeks)
    assert (now.ends_on, billed) in {(NEXT, 1), (now.period_end, 2)}
    assert now.period_end == (NEXT if billed == 1 else date(2027, 1, 18))
    paid = sa.select(sa.func.count(Payment.id)).join(Invoice).where(Invoice.membership_id == id_)
    assert db.session.scalar(paid) == billed


def all_due(location_id: UUID) -> list[Due]:
    return [due for page in charges.project_due(location_id, on=NEXT) for due in page.dues]


def test_list_made_before_the_cancellation_would_have_billed_it(
    app: Flask, due: Shop, stripe: Running, gateway: Gateway, clock: SimulatedClock
) -> None:
    run.bill(due.sea, on=ON)
    clock.set(A_WEEK_LATER)
    listed = all_due(due.sea.id)
    endings.cancel(listed[0].membership_id, on=NEXT, by=SYSTEM, gateway=gateway)
    now = all_due(due.sea.id)
    assert (len(listed), len(now)) == (3, 2), "which is why a run locks what it lists"
    assert run.bill(due.sea, on=NEXT).issued == 2


def _leased_again(invoice_id: UUID) -> Leased:
    now = time_of.now()
    run_txn(lambda: retries.open_try(invoice_id, not_before=now, now=now))
    attempt_id = db.session.scalars(
        sa.select(PaymentAttempt.id).where(PaymentAttempt.state == "ready")
    ).one()
    leased = run_txn(lambda: take(attempt_id, lease_ms=120_000, now=now))
    assert leased is not None
    return leased


def _card(leased: Leased) -> str:
    assert leased.payment_method_id is not None
    return leased.payment_method_id


def _declined(due: Shop, stripe: Running) -> UUID:
    """An invoice whose first try the card refused."""
    query = sa.text("SELECT customer_id FROM stripe_customer LIMIT 1")
    customer = db.session.scalar(query)
    steps = [{"outcome": "insufficient_funds", "times": 1}]
    stripe.control("POST", "scripts", {"customer": customer, "steps": steps})
    run.bill(due.sea, on=ON)
    failed = sa.select(PaymentAttempt.invoice_id).where(PaymentAttempt.state == "failed")
    return db.session.scalars(failed).one()
