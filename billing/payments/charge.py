"""C1, S1, C2, T2: charges one leased attempt. An edge: short transactions around each call."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from billing.gateway import Gateway, GatewayRefused, Intent, OutcomeUnknown, Throttled
from billing.pace import Pacer, SharedPacer
from billing.payments import leases, live_intents, payments
from billing.payments.attempt_ends import Settled
from billing.payments.leases import Leased, LeaseLost
from billing.rules import attempt as rule
from billing.rules.attempt import Verdict
from config import clock
from config.db import run_txn

T = TypeVar("T")
CALLS = ("create", "confirm")
MAX_WAITS = 3


def charge(leased: Leased, *, gateway: Gateway, pacer: Pacer | SharedPacer) -> Settled | None:
    """Take one attempt as far as Stripe lets it go; None means unknown, left for later.

    Never turns silence into failure: whatever is not known stays *sending* until its lease
    has run out, and is looked at before it is asked again, with the same keys.
    """
    try:
        gateway = gateway.at(leased.stripe_account)
        return _charge(leased, gateway, _Caller(leased, gateway, pacer))
    except Throttled:
        run_txn(lambda: leases.hand_back(leased))
        return None
    except (OutcomeUnknown, GatewayRefused, LeaseLost):
        # A refusal to even look (another account, another mode) tells nothing of the money.
        return None


def _charge(leased: Leased, gateway: Gateway, caller: _Caller) -> Settled | None:
    """Look first at whatever an earlier worker may have begun; then create, then confirm."""
    if leased.stripe_id is not None:
        seen = caller.ask(lambda: gateway.retrieve_intent(str(leased.stripe_id)))
        if _judge(leased, seen) is not Verdict.CONFIRM:
            return payments.settle(leased.attempt_id, seen, now=clock.now())
    if leased.customer_id is None or leased.payment_method_id is None:
        return payments.refused(leased.attempt_id, code="no_card", now=clock.now())
    if leased.stripe_id is not None:
        return _confirm(leased, leased.stripe_id, leased.payment_method_id, gateway, caller)
    try:
        created = _create(leased, leased.customer_id, gateway, caller)
    except GatewayRefused as refusal:
        return payments.refused(leased.attempt_id, code=refusal.code, now=clock.now())
    kept = run_txn(lambda: live_intents.keep_id(leased.intent_id, created.id))
    if kept != created.id:  # another worker's intent won: nothing is known of it here
        return _charge(leased._replace(stripe_id=kept), gateway, caller)
    return _confirm(leased, kept, leased.payment_method_id, gateway, caller)


def _create(leased: Leased, customer_id: str, gateway: Gateway, caller: _Caller) -> Intent:
    return caller.ask(
        lambda: gateway.create_intent(
            key=f"pi:{leased.invoice_id}:{leased.seq}",
            customer_id=customer_id,
            amount_cents=leased.amount_cents,
            currency=leased.currency,
            metadata=metadata(leased),
        )
    )


def _confirm(
    leased: Leased, stripe_id: str, payment_method_id: str, gateway: Gateway, caller: _Caller
) -> Settled:
    try:
        answer = caller.ask(
            lambda: gateway.confirm_intent(
                stripe_id, key=f"cf:{leased.attempt_id}", payment_method_id=payment_method_id
            )
        )
    except GatewayRefused as refusal:
        # Perhaps it had succeeded before, perhaps the card is gone: the intent itself tells.
        seen = caller.ask(lambda: gateway.retrieve_intent(stripe_id))
        answer = seen if seen.decline_code else replace(seen, decline_code=refusal.code)
    return payments.settle(leased.attempt_id, answer, now=clock.now(), judge=rule.answered)


def metadata(leased: Leased) -> dict[str, str]:
    """Our ids, by which a charge is found again after a restore. No names, no health.

    `reason` and `source` outlive the invoice, which may have to be issued anew.
    """
    return {
        "invoice": str(leased.invoice_id),
        "attempt": str(leased.attempt_id),
        "seq": str(leased.seq),
        "reason": leased.reason,
        "source": leased.source_key,
    }


def _judge(leased: Leased, intent: Intent) -> Verdict:
    return rule.seen(
        status=intent.status,
        charge_id=intent.charge_id,
        known_charge_id=leased.known_charge_id,
        code=intent.decline_code,
    )


class _Caller:
    """Asks within the lease; a 429 (nothing happened) is asked again after a wait."""

    def __init__(self, leased: Leased, gateway: Gateway, pacer: Pacer | SharedPacer) -> None:
        self._leased = leased
        self._budget_ms = gateway.call_budget_ms
        self._pacer = pacer

    def ask(self, call: Callable[[], T]) -> T:
        for _ in range(MAX_WAITS):
            self._leased.require(self._budget_ms)
            try:
                return call()
            except Throttled as limit:
                wait_s = limit.retry_after_s * random.uniform(1.0, 1.5)  # noqa: S311 - jitter
                self._pacer.hold_back(limit.retry_after_s)
                self._leased.require(self._budget_ms + int(wait_s * 1000))
                time.sleep(wait_s)
        self._leased.require(self._budget_ms)
        return call()
