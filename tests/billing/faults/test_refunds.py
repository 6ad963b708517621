"""Whatever goes wrong on the wire while money goes back: nothing is sent twice, nothing is lost,
and all of it has left once Stripe is back.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.gateway import Gateway, OutcomeUnknown, RefundSeen
from billing.invariants.doctor_refunds import refund_findings
from billing.invoices import credit_notes, creditable
from billing.invoices.credit_notes import Promise
from billing.invoices.creditable import Back
from billing.models import Invoice, Payment, Refund
from billing.refunds import promises, refund_outcomes, refund_sends
from billing.rules import refund as rule
from billing.rules import standings
from config import clock as time_of
from config.audit import SYSTEM
from config.clock import ManualLeaseClock
from config.db import db, run_txn
from membership.models import Charge
from stripe_sandbox.launch import Running
from tests.billing.faults.struck import DAY_MS, FAULTS, KEYS_ARE_KEPT, LEASE_MS, ON

DUE = date(2027, 2, 3)


@pytest.fixture
def promised(paid: str) -> UUID:
    """A paid week of which 20.00 is promised back; the promise."""
    return promise(2000)


def promise(cents: int) -> UUID:
    """Goodwill of this sum on the only invoice; the promise."""

    def work() -> UUID:
        invoice = db.session.scalars(sa.select(Invoice).with_for_update()).one()
        sold = standings.standings(
            creditable.lines_of(invoice.id), creditable.credited_before(invoice.id)
        )
        how = Promise("goodwill", DUE, SYSTEM, source_id=UUID(int=cents))
        back = Back(invoice, rule.goodwill(sold, cents))
        note = credit_notes.write(back, how, on=ON, now=time_of.now())
        return db.session.scalars(sa.select(Charge.id).where(Charge.source_id == note.id)).one()

    return run_txn(work)


def sent_back(gateway: Gateway) -> list[int]:
    """What Stripe sent back, whatever we think of it."""
    found = gateway.refunds_created(since=0, until=1 << 40)
    return sorted(one.amount_cents for one in found if one.status in ("succeeded", "pending"))


def states() -> list[str]:
    query = sa.select(Refund.state).order_by(Refund.id)
    found = list(db.session.scalars(query))
    db.session.rollback()
    return found


def recover(stripe: Running, leases: ManualLeaseClock) -> None:
    """What runs every minute, after minutes, hours and a day in which Stripe forgets keys."""
    now = time_of.now()
    for _ in range(4):
        leases.advance(DAY_MS)
        refund_sends.work()
        now += KEYS_ARE_KEPT
        stripe.control("POST", "clock", {"now": now.isoformat()})


def sound(app: Flask, gateway: Gateway) -> list[str]:
    doctor = app.extensions["taper.doctor"]
    found = [text for one in doctor.examine() for text in one.violations]
    asked_at = time_of.now() + timedelta(days=30)
    return found + list(refund_findings(gateway, asked_at=asked_at))


def named(fault: dict[str, Any]) -> str:
    return fault["kind"] + (" with Retry-After" if "retry_after" in fault else "")


@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
@pytest.mark.parametrize("fault", FAULTS, ids=named)
@pytest.mark.parametrize("endpoint", ["create", "list", "retrieve"])
def test_money_goes_back_once_and_is_written_down_once_stripe_is_back(
    endpoint: str,
    fault: dict[str, Any],
    times: int | None,
    promised: UUID,
    app: Flask,
    stripe: Running,
    gateway: Gateway,
    leases: ManualLeaseClock,
) -> None:
    if endpoint == "retrieve":
        stripe.control("POST", "refunds/hold", {"times": 1})
        refund_sends.work()
        (refund,) = db.session.scalars(sa.select(Refund)).all()
        stripe.control("POST", f"refunds/{refund.stripe_id}/settle", {})
        leases.advance(7 * 3_600_000)
    stripe.control("POST", "faults", {"endpoint": f"refunds.{endpoint}", "times": times, **fault})
    refund_sends.work()
    leases.advance(LEASE_MS)
    refund_sends.work()

    assert states()[0] in ("sending", "pending", "succeeded"), "silence is not failure"
    fired = stripe.control("GET", "faults")["faults"][0]["fired"]
    assert fired >= 1, "the fault never struck"

    stripe.control("DELETE", "faults")
    assert sent_back(gateway) in ([], [2000])
    recover(stripe, leases)
    assert states() == ["succeeded"]
    assert sent_back(gateway) == [2000]
    assert sound(app, gateway) == []


def test_refund_made_by_a_worker_who_died_is_found_after_its_key_was_forgotten(
    promised: UUID, app: Flask, stripe: Running, gateway: Gateway, leases: ManualLeaseClock
) -> None:
    lost = {"endpoint": "refunds.create", "kind": "500_after", "times": 1}
    stripe.control("POST", "faults", lost)
    refund_sends.work()
    stripe.control("DELETE", "faults")
    assert (states(), sent_back(gateway)) == (["sending"], [2000])
    forgotten = time_of.now() + KEYS_ARE_KEPT
    stripe.control("POST", "clock", {"now": forgotten.isoformat()})
    leases.advance(DAY_MS)
    refund_sends.work()
    assert (states(), sent_back(gateway)) == (["succeeded"], [2000])


def test_worker_that_does_not_look_first_sends_twice_once_the_key_is_forgotten(
    promised: UUID,
    app: Flask,
    stripe: Running,
    gateway: Gateway,
    leases: ManualLeaseClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refund_outcomes, "known", lambda _leased, _gateway: None)
    lost = {"endpoint": "refunds.create", "kind": "500_after", "times": 1}
    stripe.control("POST", "faults", lost)
    refund_sends.work()
    stripe.control("DELETE", "faults")
    forgotten = time_of.now() + KEYS_ARE_KEPT
    stripe.control("POST", "clock", {"now": forgotten.isoformat()})
    leases.advance(DAY_MS)
    refund_sends.work()
    assert sent_back(gateway) == [2000, 2000]


def test_books_of_an_older_backup_adopt_what_was_sent_instead_of_sending_again(
    promised: UUID, app: Flask, stripe: Running, gateway: Gateway
) -> None:
    """As after a restore: the promise is there, the refund that kept it is not."""
    (payment,) = [room.payment_id for room in run_txn(lambda: _rooms(promised))]
    made = gateway.create_refund(
        key="re:of another life",
        charge_id=_charge_of(payment),
        amount_cents=2000,
        metadata={"refund": str(UUID(int=5)), "promise": str(promised), "invoice": "i"},
    )
    refund_sends.work()
    (refund,) = db.session.scalars(sa.select(Refund)).all()
    assert (refund.state, refund.stripe_id) == ("succeeded", made.id)
    assert sent_back(gateway) == [2000]
    assert sound(app, gateway) == []


def test_charge_that_stripe_will_not_refund_leaves_the_money_owed_with_the_reason(
    promised: UUID, app: Flask, stripe: Running, gateway: Gateway
) -> None:
    (payment,) = [room.payment_id for room in run_txn(lambda: _rooms(promised))]
    gateway.create_refund(
        key="by hand in the dashboard",
        charge_id=_charge_of(payment),
        amount_cents=8718,
        metadata={},
    )
    refund_sends.work()
    refund_sends.work()
    (refund,) = db.session.scalars(sa.select(Refund)).all()
    assert (refund.state, refund.failure_code) == ("failed", "charge_already_refunded")
    assert db.session.get_one(Charge, promised).state == "owed"
    assert promises.sendable(10) == []
    doctor = app.extensions["taper.doctor"]
    assert [text for one in doctor.examine() for text in one.violations] == []
    (odd,) = refund_findings(gateway, asked_at=time_of.now() + timedelta(days=1))
    assert "nothing of ours says so" in odd


def test_news_about_another_object_changes_nothing(
    promised: UUID, app: Flask, gateway: Gateway
) -> None:
    refund_sends.work()
    (refund,) = db.session.scalars(sa.select(Refund)).all()
    db.session.rollback()
    for other in (
        RefundSeen("re_other", "failed", 2000, "USD"),
        RefundSeen(str(refund.stripe_id), "failed", 1999, "USD"),
    ):
        with pytest.raises(OutcomeUnknown):
            refund_outcomes.settle(refund.id, other, now=time_of.now())
    assert states() == ["succeeded"]


def _rooms(charge_id: UUID) -> list[rule.Room]:
    invoice, charge = promises.lock(charge_id)
    return promises.rooms(invoice.id, charge.id)


def _charge_of(payment_id: UUID) -> str:
    charge_id = db.session.get_one(Payment, payment_id).charge_id
    db.session.rollback()
    return str(charge_id)
