"""What a letter is about, looked at: the session, the intent, the refund, the dispute. An edge."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.cards import cards
from billing.disputes import disputes, fraud_warnings
from billing.gateway import Gateway, OutcomeUnknown
from billing.models import Payment, PaymentAttempt, PaymentIntent, WebhookEvent
from billing.payments import hosted, payments
from billing.refunds import refund_outcomes
from billing.rules import letters as rule
from config.db import db
from config.errors import NotFound


class Held(Exception):
    """A letter that nothing of ours answers to yet, with a code and a sentence for a person."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class _Target(NamedTuple):
    """The intent row that a letter leads to, with its newest attempt."""

    stripe_id: str | None
    session_id: str | None
    attempt_id: UUID
    kind: str
    state: str


def look(event: WebhookEvent, gateway: Gateway, now: datetime) -> None:
    """Look, and write down what is seen. Raises Held, NotFound, or what the gateway raises."""
    if event.live_mode != gateway.expects_live:
        raise Held("wrong_mode", "A test letter to a live studio, or the other way.")
    about = rule.about(event.type)
    if about == "money":
        raise Held("by_hand", f"{event.type} {event.object_id} moved money without Taper.")
    if about == "dispute":
        disputes.look(event.object_id, gateway=gateway, now=now)
    elif about == "warning":
        fraud_warnings.look(event.object_id, gateway=gateway, now=now)
    elif about in ("refund", "refunded"):
        look = refund_outcomes.look if about == "refund" else refund_outcomes.look_at_charge
        if not look(event.object_id, gateway=gateway, now=now):
            raise Held("by_hand", f"{event.type} {event.object_id} moved money without Taper.")
    elif about == "session":
        _look_at_session(event, gateway, now)
    elif about in ("intent", "charge"):
        _look_at_intent(event, gateway, now)


def _look_at_session(event: WebhookEvent, gateway: Gateway, now: datetime) -> None:
    if "setup" in event.payload.get("metadata", {}):
        cards.finish_setup(event.object_id, gateway=gateway, now=now)
    else:
        hosted.finish(event.object_id, gateway=gateway, now=now)


def _look_at_intent(event: WebhookEvent, gateway: Gateway, now: datetime) -> None:
    target = _target(event)
    if target is None:
        if _is_known_charge(event.object_id):
            return
        raise NotFound("payment")
    if target.state == "succeeded":
        return  # paid stays paid: nothing that is said about this intent can change that
    if target.kind == "checkout":
        # On a hosted page a declined card is no end: only the session says when it is over.
        if target.session_id is None:
            raise OutcomeUnknown("the page's session is not known yet")
        hosted.finish(target.session_id, gateway=gateway, now=now)
    elif target.stripe_id is None:
        raise OutcomeUnknown("the worker that made this intent has not stored its id yet")
    else:
        intent = gateway.retrieve_intent(target.stripe_id)
        payments.settle(target.attempt_id, intent, now=now)


def _target(event: WebhookEvent) -> _Target | None:
    """The row of this intent, or the one that our own key inside the letter points to."""
    found = _newest(PaymentIntent.stripe_id == event.object_id)
    if found is not None:
        return found
    try:
        pointer = UUID(event.payload.get("metadata", {}).get("attempt", ""))
    except ValueError:
        return None
    of_attempt = sa.select(PaymentAttempt.intent_id).where(PaymentAttempt.id == pointer)
    found = _newest(PaymentIntent.id == of_attempt.scalar_subquery())
    if found is not None and event.type.startswith("payment_intent.") and found.stripe_id:
        raise Held("stray_intent", f"{event.object_id} carries our key beside {found.stripe_id}.")
    return found


def _newest(where: sa.ColumnElement[bool]) -> _Target | None:
    row = db.session.execute(
        sa.select(
            PaymentIntent.stripe_id,
            PaymentIntent.session_id,
            PaymentAttempt.id,
            PaymentAttempt.kind,
            PaymentAttempt.state,
        )
        .join(PaymentAttempt, PaymentAttempt.intent_id == PaymentIntent.id)
        .where(where)
        .order_by(PaymentAttempt.n.desc())
        .limit(1)
    ).first()
    return _Target._make(row) if row else None


def _is_known_charge(charge_id: str) -> bool:
    tried = PaymentAttempt.charge_id == charge_id, PaymentAttempt.known_charge_id == charge_id
    query = sa.select(
        sa.or_(sa.exists().where(Payment.charge_id == charge_id), sa.exists().where(sa.or_(*tried)))
    )
    return bool(db.session.scalar(query))
