"""The only writer of outcomes. Worker, webhook, janitor and page return all end here.

One commit holds the attempt's end, the invoice, the postings, the credits, the member's
status and the message to the member; or none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing import dunning, outcomes
from billing.gateway.values import Intent, OutcomeUnknown
from billing.held import Held, lock
from billing.models import PaymentAttempt, PaymentIntent
from billing.parking import park
from billing.rules import attempt as rule
from billing.rules.attempt import Verdict
from billing.rules.dunning import Refusal
from config.base import table_of
from config.calendar import local_date
from config.db import carry_out, db, run_txn
from config.statements import Statement

Judge = Callable[..., Verdict]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an attempt. `verdict` says what its intent told us."""

    attempt_id: UUID
    state: str
    verdict: Verdict
    changed: bool


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
            return _late_money(held, intent, now)
        return Settled(attempt_id, held.state, verdict, changed=False)
    on = local_date(now, held.zone)
    if verdict is Verdict.SUCCEEDED and not _fits(held, intent):
        return _money_for_nothing(held, intent, now)
    _end_attempt(held, state, intent, now)
    if verdict is Verdict.SUCCEEDED:
        outcomes.succeeded(held, intent, on=on, now=now)
    elif verdict is Verdict.FAILED:
        _failed(held, intent, on=on, now=now)
    else:
        outcomes.needs_member(held, intent, on=on, now=now)
    return Settled(attempt_id, state, verdict, changed=True)


def _failed(held: Held, intent: Intent, *, on: date, now: datetime) -> None:
    if intent.status == "canceled":
        _close_intent(held.intent_id, "canceled")
    if held.invoice_state == "draft" and held.kind == "checkout":
        return  # a declined card on a hosted page: the page stays open for another
    _unpaid(held, dunning.decline_of(intent), on=on, now=now)


def _unpaid(held: Held, decline: dunning.Decline, *, on: date, now: datetime) -> None:
    """A saved card that failed: an invoice is recovered, a sale at the desk was none."""
    if held.invoice_state == "draft":
        outcomes.abandoned(held, on=on, now=now)
    else:
        dunning.failed(held, decline, on=on, now=now)


def _fits(held: Held, intent: Intent) -> bool:
    """Whether the invoice still takes this money: it may have been credited meanwhile."""
    owed = held.total_cents - held.paid_cents - held.credited_cents
    asked = held.invoice_state in ("open", "draft") and intent.amount_cents <= owed
    return asked and outcomes.still_wanted(held)


def _money_for_nothing(held: Held, intent: Intent, now: datetime) -> Settled:
    """A success whose claim ended while nobody knew of it: a person gives the money back."""
    _fail(held, "late_money", now)
    _close_intent(held.intent_id, "succeeded")
    _park_late_money(held, intent, now)
    if held.invoice_state == "draft":
        outcomes.abandoned(held, on=local_date(now, held.zone), now=now)
    return Settled(held.attempt_id, "failed", Verdict.SUCCEEDED, changed=True)


def _late_money(held: Held, intent: Intent, now: datetime) -> Settled:
    """A success for an attempt that we had closed: adopt it where the invoice still takes it."""
    if held.invoice_state == "open" and _fits(held, intent) and not _other_live(held):
        _end_attempt(held, "succeeded", intent, now)
        outcomes.succeeded(held, intent, on=local_date(now, held.zone), now=now)
        return Settled(held.attempt_id, "succeeded", Verdict.SUCCEEDED, changed=True)
    if held.paid_charge_id != intent.charge_id:
        _park_late_money(held, intent, now)
    return Settled(held.attempt_id, held.state, Verdict.SUCCEEDED, changed=False)


def _park_late_money(held: Held, intent: Intent, now: datetime) -> None:
    park(
        "payment",
        str(intent.charge_id),
        code="late_money",
        reason=f"Money arrived for invoice {held.number or 'without number'}, "
        f"which is {held.invoice_state}.",
        location_id=held.location_id,
        now=now,
    )


def _refuse(attempt_id: UUID, code: str, now: datetime) -> Settled:
    held = lock(attempt_id)
    if held.state in rule.TERMINAL:
        return Settled(attempt_id, held.state, Verdict.FAILED, changed=False)
    _fail(held, code, now)
    decline = dunning.Decline(Refusal(code), payment_method_id=None)
    _unpaid(held, decline, on=local_date(now, held.zone), now=now)
    return Settled(attempt_id, "failed", Verdict.FAILED, changed=True)


def _expire(attempt_id: UUID, now: datetime) -> Settled:
    held = lock(attempt_id)
    if held.state in rule.TERMINAL:
        return Settled(attempt_id, held.state, Verdict.FAILED, changed=False)
    _fail(held, "session_expired", now)
    _close_intent(held.intent_id, "canceled")
    if held.invoice_state == "draft":
        outcomes.abandoned(held, on=local_date(now, held.zone), now=now)
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


def _end_attempt(held: Held, state: str, intent: Intent, now: datetime) -> None:
    paid = state == "succeeded"
    carry_out(
        _END,
        attempt=held.attempt_id,
        to=state,
        known=intent.charge_id,
        paid=intent.charge_id if paid else held.paid_charge_id,
        decline=None if paid else intent.decline_code,
        network=None if paid else intent.network_code,
        advice=None if paid else intent.advice_code,
        at=now if state in rule.TERMINAL else None,
    )
    if paid:
        _close_intent(held.intent_id, "succeeded")


def _fail(held: Held, code: str, now: datetime) -> None:
    carry_out(
        _END,
        attempt=held.attempt_id,
        to="failed",
        known=held.known_charge_id,
        paid=held.paid_charge_id,
        decline=code,
        network=None,
        advice=None,
        at=now,
    )


def _close_intent(intent_id: UUID | None, state: str) -> None:
    carry_out(_CLOSE_INTENT, intent=intent_id, to=state)


_ATTEMPT = table_of(PaymentAttempt)
_INTENT = table_of(PaymentIntent)
_END = Statement(
    sa.update(_ATTEMPT)
    .where(_ATTEMPT.c.id == sa.bindparam("attempt"))
    .values(
        state=sa.bindparam("to"),
        lease_token=None,
        lease_until_ms=None,
        known_charge_id=sa.bindparam("known"),
        charge_id=sa.bindparam("paid"),
        decline_code=sa.bindparam("decline"),
        network_code=sa.bindparam("network"),
        advice_code=sa.bindparam("advice"),
        finished_at=sa.bindparam("at"),
    )
)
_CLOSE_INTENT = Statement(
    sa.update(_INTENT)
    .where(_INTENT.c.id == sa.bindparam("intent"))
    .values(state=sa.bindparam("to"))
)


def _other_live(held: Held) -> bool:
    return bool(
        db.session.scalar(
            sa.select(sa.literal(1)).where(
                PaymentAttempt.invoice_id == held.invoice_id,
                PaymentAttempt.id != held.attempt_id,
                PaymentAttempt.state.in_(["ready", "sending", "action", "succeeded"]),
            )
        )
    )
