"""Sends refunds, and finds out what became of them. An edge: short transactions around each call.

The shape is that of a charge: nothing is sent that was not stored first, under a key of its own;
silence is no answer; before anything is sent it is looked whether it was sent already, so that
not even a forgotten key, a dead worker or an old backup sends it twice.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.disputes import disputes
from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown, RefundSeen
from billing.models import Refund
from billing.payments import promised_calls
from billing.payments.collect import collecting
from billing.refunds import promises, refund_outcomes, refunds
from billing.rules import refund as rule
from config import clock
from config.db import db, run_txn
from config.errors import Refused
from config.ids import new_id

PAGE = 200
# Stripe says no to the request itself; anything else may be another answer tomorrow.
_FINAL = (400, 402, 404)
_TOMORROW = frozenset({"balance_insufficient", "insufficient_funds"})


class Leased(NamedTuple):
    """A refund in one worker's hands; `charge_id` is Stripe's, the amount in minor units."""

    refund_id: UUID
    promise_id: UUID
    invoice_id: UUID
    charge_id: str
    stripe_account: str
    stripe_id: str | None
    amount_cents: int
    until_ms: int

    def require(self, call_ms: int) -> None:
        """Raise LeaseLost unless a call of this length fits into what is left."""
        promised_calls.require_time(self.until_ms, call_ms=call_ms, what=self.refund_id)


def work(*, limit: int = PAGE) -> Counter[str]:
    """Send what is promised and look at what is on its way; counts by what became of it."""
    for charge_id in promises.sendable(limit):
        run_txn(partial(_plan, charge_id))
    return Counter(send(refund_id) for refund_id in _due(limit))


def send(refund_id: UUID) -> str:
    """Take one refund as far as Stripe lets it go; its state, "unknown" or "taken"."""
    with_what = collecting()
    leased = run_txn(lambda: _take(refund_id, with_what.lease_ms))
    if leased is None:
        return "taken"
    try:
        gateway = with_what.gateway.at(leased.stripe_account)
        seen = promised_calls.answered(
            lambda: _ask(leased, gateway), final=_FINAL, tomorrow=_TOMORROW
        )
    except promised_calls.NotYet as silence:
        if silence.wait_ms is not None:
            run_txn(partial(_hand_back, leased, silence.wait_ms))
        return "unknown"
    except GatewayRefused as refusal:
        code = refusal.code
        return run_txn(lambda: _refuse(refund_id, code, clock.now()))
    return refund_outcomes.settle(refund_id, seen, now=clock.now())


def _plan(charge_id: UUID) -> None:
    refunds.plan(charge_id, now=clock.now())


def _due(limit: int) -> list[UUID]:
    """Refunds to send, and those whose fate is to be looked at again, oldest first."""
    query = (
        sa.select(Refund.id)
        .where(
            sa.or_(
                Refund.state == "ready",
                sa.and_(
                    Refund.state.in_(("sending", "pending")),
                    Refund.lease_until_ms <= clock.lease_now_ms(),
                ),
            )
        )
        .order_by(Refund.id)
        .limit(limit)
    )
    found = list(db.session.scalars(query))
    db.session.rollback()  # no connection is kept while Stripe is asked
    return found


def _take(refund_id: UUID, lease_ms: int) -> Leased | None:
    """T1: lease a refund that is ready, or whose last lease ran out; None if it is not free."""
    refund, charge = refunds.locked(refund_id)
    now, now_ms = clock.now(), clock.lease_now_ms()
    waits = refund.state in ("sending", "pending") and (refund.lease_until_ms or 0) <= now_ms
    if not waits and refund.state != "ready":
        return None
    payment = refunds.payment_of(refund.payment_id)
    if refund.state == "ready":
        try:
            disputes.refuse_while_open(payment.id)
        except Refused as held:
            refunds.failed(refund, charge, code=held.code, now=now)
            return None
        refund.state = "sending"
        refund.sent_at = now
    again_ms = int(rule.look_again_after(refund.looks).total_seconds() * 1000)
    refund.looks += 1
    refund.lease_token = new_id()
    refund.lease_until_ms = until_ms = now_ms + max(lease_ms, again_ms)
    db.session.flush()
    assert payment.charge_id is not None, "only a card's refund is sent"
    return Leased(
        refund_id=refund.id,
        promise_id=charge.id,
        invoice_id=refund.invoice_id,
        charge_id=payment.charge_id,
        stripe_account=refund.stripe_account or "",
        stripe_id=refund.stripe_id,
        amount_cents=refund.amount_cents,
        until_ms=min(until_ms, now_ms + lease_ms),
    )


def _ask(leased: Leased, gateway: Gateway) -> RefundSeen:
    """Look first; send only what Stripe does not know. A refusal is believed after a look."""
    leased.require(gateway.call_budget_ms)
    if leased.stripe_id is not None:
        try:
            return gateway.retrieve_refund(leased.stripe_id)
        except GatewayRefused as gone:
            raise OutcomeUnknown(f"{leased.stripe_id}: {gone.code}") from gone
    seen = refund_outcomes.known(leased, gateway)
    if seen is not None:
        return seen
    leased.require(gateway.call_budget_ms)
    try:
        return gateway.create_refund(
            key=f"re:{leased.refund_id}",
            charge_id=leased.charge_id,
            amount_cents=leased.amount_cents,
            metadata={
                "refund": str(leased.refund_id),
                "promise": str(leased.promise_id),
                "invoice": str(leased.invoice_id),
            },
        )
    except GatewayRefused:
        leased.require(gateway.call_budget_ms)
        seen = refund_outcomes.known(leased, gateway)
        if seen is None:
            raise
        return seen


def _refuse(refund_id: UUID, code: str, now: datetime) -> str:
    refund, charge = refunds.locked(refund_id)
    if refund.state in ("ready", "sending"):
        refunds.failed(refund, charge, code=code, now=now)
    return refund.state


def _hand_back(leased: Leased, wait_ms: int) -> None:
    """Nothing happened at Stripe: it is looked at again as soon as Stripe listens."""
    refund, _charge = refunds.locked(leased.refund_id)
    if refund.state in ("sending", "pending"):
        refund.lease_until_ms = clock.lease_now_ms() + wait_ms
        db.session.flush()
