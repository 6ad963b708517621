"""Ways to charge that look right and are not. Each is put in place inside a child process only."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from billing.gateway import Gateway, GatewayRefused, Intent, OutcomeUnknown
from billing.payments import attempt_ends, collect, leases, live_intents, outcomes, payments
from billing.payments.attempt_ends import Settled
from billing.payments.charge import metadata
from billing.payments.held import Held, lock
from billing.payments.payments import Judge
from billing.rules import attempt as rule
from billing.rules.attempt import Verdict
from config import clock
from config.calendar import local_date
from config.db import run_txn, transaction


def fresh_key_per_try() -> None:
    """Every request under a key of its own, as the SDK does by itself."""
    for name in ("create_intent", "confirm_intent"):
        _with_other_keys(name)


def no_row_before_the_call() -> None:
    """Ask Stripe first, and write down only then that something was asked."""
    collect.charge_one = _charge_then_write


def result_and_postings_apart() -> None:
    """Commit that the attempt has ended, and in a second transaction what follows from it."""
    payments.settle = _settle_in_two


def timeout_is_failure() -> None:
    """Call failed whatever was not answered."""
    careful = collect.charge

    def rash(leased: leases.Leased, **means: Any) -> Settled:
        settled = careful(leased, **means)
        return settled or payments.refused(leased.attempt_id, code="timeout", now=clock.now())

    collect.charge = rash


def lease_shorter_than_a_call() -> None:
    """A lease that ends while its worker waits for an answer, and is not looked at again."""
    real = leases.take

    def briefly(attempt_id: UUID, *, lease_ms: int, now: datetime) -> leases.Leased | None:
        return real(attempt_id, lease_ms=200, now=now)

    leases.take = briefly
    leases.Leased.require = lambda _self, _call_ms: None  # type: ignore[method-assign]


def _with_other_keys(name: str) -> None:
    real = getattr(Gateway, name)

    def asked(self: Gateway, *args: Any, key: str, **more: Any) -> Intent:
        return real(self, *args, key=f"{key}:{uuid4()}", **more)

    setattr(Gateway, name, asked)


class _NotWritten(Exception):
    """Rolls a lease back that a correct worker would have committed."""


def _charge_then_write(attempt_id: UUID) -> Settled | None:
    leased = _looked_up(attempt_id)
    if leased is None or leased.customer_id is None or leased.payment_method_id is None:
        return payments.refused(attempt_id, code="no_card", now=clock.now()) if leased else None
    gateway = collect.collecting().gateway
    try:
        stripe_id = leased.stripe_id or _made(leased, leased.customer_id, gateway)
        answer = gateway.confirm_intent(
            stripe_id, key=f"cf:{attempt_id}", payment_method_id=leased.payment_method_id
        )
    except (OutcomeUnknown, GatewayRefused):
        return None

    def write() -> None:
        taken = leases.take(attempt_id, lease_ms=120_000, now=clock.now())
        assert taken is not None
        live_intents.keep_id(taken.intent_id, stripe_id)

    run_txn(write)
    return payments.settle(attempt_id, answer, now=clock.now(), judge=rule.answered)


def _looked_up(attempt_id: UUID) -> leases.Leased | None:
    leased: leases.Leased | None = None
    try:
        with transaction():
            leased = leases.take(attempt_id, lease_ms=120_000, now=clock.now())
            raise _NotWritten
    except _NotWritten:
        return leased


def _made(leased: leases.Leased, customer_id: str, gateway: Gateway) -> str:
    return gateway.create_intent(
        key=f"pi:{leased.invoice_id}:{leased.seq}",
        customer_id=customer_id,
        amount_cents=leased.amount_cents,
        currency=leased.currency,
        metadata=metadata(leased),
    ).id


def _settle_in_two(
    attempt_id: UUID, intent: Intent, *, now: datetime, judge: Judge = rule.seen
) -> Settled:
    def end() -> tuple[Held, Verdict, str | None]:
        held = lock(attempt_id)
        verdict = judge(
            status=intent.status,
            charge_id=intent.charge_id,
            known_charge_id=held.known_charge_id,
            code=intent.decline_code,
        )
        state = rule.next_state(held.state, verdict)
        if state is not None:
            attempt_ends.end(held, state, intent, now)
        return held, verdict, state

    held, verdict, state = run_txn(end)
    if state is not None:
        run_txn(lambda: _follow(held, verdict, intent, now))
    return Settled(attempt_id, state or held.state, verdict, changed=state is not None)


def _follow(held: Held, verdict: Verdict, intent: Intent, now: datetime) -> None:
    on = local_date(now, held.zone)
    if verdict is Verdict.SUCCEEDED:
        outcomes.succeeded(held, intent, on=on, now=now)
    elif verdict is Verdict.FAILED:
        payments._failed(held, intent, on=on, now=now)
    else:
        outcomes.needs_member(held, intent, on=on, now=now)
