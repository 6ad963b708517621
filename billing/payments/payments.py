"""The only writer of outcomes. Worker, webhook, janitor and page return all end here.

One commit holds the attempt's end, the invoice, the postings, the credits, the member's
status and the message to the member; or none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from billing.gateway.values import Intent, OutcomeUnknown
from billing.payments import attempt_ends, handover, late_money, outcomes
from billing.payments.attempt_ends import Settled
from billing.payments.held import Held, lock
from billing.recovery import dunning
from billing.rules import attempt as rule
from billing.rules.attempt import Verdict
from billing.rules.dunning import Refusal
from config.calendar import local_date
from config.db import run_txn

Judge = Callable[..., Verdict]


def settle(attempt_id: UUID, intent: Intent, *, now: datetime, judge: Judge = rule.seen) -> Settled:
    """T2: write down what `intent` says about an attempt, once, in a transaction of its own.

    `judge` is `rule.seen` for an intent that was looked up and `rule.answered` for the
    answer to our own confirm. Repeats, and news for an attempt that has ended, change nothing;
    money for one that has failed is adopted or parked, never lost.
    """
    return run_txn(lambda: _settle(attempt_id, intent, now, judge))


def session_expired(attempt_id: UUID, *, now: datetime) -> Settled:
    """A Checkout page closed unpaid: its attempt has failed, its draft holds nothing."""
    return run_txn(lambda: _expire(attempt_id, now))


def refused(attempt_id: UUID, *, code: str, now: datetime) -> Settled:
    """Stripe would not even begin (no card, card gone): the attempt has failed."""
    return run_txn(lambda: _refuse(attempt_id, code, now))


def _settle(attempt_id: UUID, intent: Intent, now: datetime, judge: Judge) -> Settled:
    held = lock(attempt_id)
    verdict = judge(
        status=intent.status,
        charge_id=intent.charge_id,
        known_charge_id=held.known_charge_id,
        code=intent.decline_code,
    )
    _require_same_object(held, intent)
    state = rule.next_state(held.state, verdict)
    if state is None:
        if verdict is Verdict.SUCCEEDED and held.state == "failed":
            return late_money.adopt(held, intent, now)
        return Settled(attempt_id, held.state, verdict, changed=False)
    on = local_date(now, held.zone)
    if verdict is Verdict.SUCCEEDED and not late_money.fits(held, intent):
        return late_money.for_nothing(held, intent, now)
    attempt_ends.end(held, state, intent, now)
    if verdict is Verdict.SUCCEEDED:
        outcomes.succeeded(held, intent, on=on, now=now)
    elif verdict is Verdict.FAILED:
        _failed(held, intent, on=on, now=now)
    else:
        outcomes.needs_member(held, intent, on=on, now=now)
    return Settled(attempt_id, state, verdict, changed=True)


def _failed(held: Held, intent: Intent, *, on: date, now: datetime) -> None:
    if intent.status == "canceled":
        attempt_ends.close_intent(held.intent_id, "canceled")
    if held.invoice_state == "draft" and held.kind == "checkout":
        return  # a declined card on a hosted page: the page stays open for another
    _unpaid(held, dunning.decline_of(intent), on=on, now=now)


def _unpaid(held: Held, decline: dunning.Decline, *, on: date, now: datetime) -> None:
    """A saved card that failed: an invoice is recovered, a sale at the desk was none."""
    if held.invoice_state == "draft":
        handover.abandoned(held, on=on, now=now)
    else:
        dunning.failed(held, decline, on=on, now=now)


def _refuse(attempt_id: UUID, code: str, now: datetime) -> Settled:
    held = lock(attempt_id)
    if held.state in rule.TERMINAL:
        return Settled(attempt_id, held.state, Verdict.FAILED, changed=False)
    attempt_ends.fail(held, code, now)
    decline = dunning.Decline(Refusal(code), payment_method_id=None)
    _unpaid(held, decline, on=local_date(now, held.zone), now=now)
    return Settled(attempt_id, "failed", Verdict.FAILED, changed=True)


def _expire(attempt_id: UUID, now: datetime) -> Settled:
    held = lock(attempt_id)
    if held.state in rule.TERMINAL:
        return Settled(attempt_id, held.state, Verdict.FAILED, changed=False)
    attempt_ends.fail(held, "session_expired", now)
    attempt_ends.close_intent(held.intent_id, "canceled")
    if held.invoice_state == "draft":
        handover.abandoned(held, on=local_date(now, held.zone), now=now)
    return Settled(attempt_id, "failed", Verdict.FAILED, changed=True)


def _require_same_object(held: Held, intent: Intent) -> None:
    """An answer about another object must never settle this attempt."""
    if held.stripe_id is not None and held.stripe_id != intent.id:
        raise OutcomeUnknown(
            f"attempt {held.attempt_id} belongs to {held.stripe_id}, not {intent.id}"
        )
    if intent.status == "succeeded" and intent.amount_cents != held.amount_cents:
        raise OutcomeUnknown(
            f"{intent.id} took {intent.amount_cents}, asked for {held.amount_cents}"
        )
