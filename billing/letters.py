"""Stripe's letters: kept by unique id, opened at our own pace, never believed.

A letter only says what to look at. Twice, out of order or weeks late: the look finds the same
object, and `settle` writes it down once.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing import cards, disputes, hosted, payments, refund_outcomes
from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown, Throttled
from billing.gateway.letters import Letter
from billing.models import Parked, Payment, PaymentAttempt, PaymentIntent, WebhookEvent
from billing.parking import park
from billing.rules import letters as rule
from config.db import db, run_txn
from config.errors import NotFound
from locations.upsert import insert_or


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


def keep(letter: Letter, *, stripe_account: str, expects_live: bool, now: datetime) -> None:
    """Store a verified letter in the caller's transaction; the same id again changes nothing.

    `stripe_account` names the account whose secret signed it.
    """
    row = {
        "id": letter.id,
        "type": letter.type,
        "object_id": letter.object_id,
        "payload": letter.payload,
        "live_mode": letter.live_mode,
        "stripe_account": stripe_account,
        "state": "new",
        "tries": 0,
        "received_at": now,
        "next_try_at": now,
    }
    wrong = letter.live_mode != expects_live
    if wrong:
        row |= {"state": "parked", "error": "wrong_mode", "next_try_at": now + rule.LONGEST_WAIT}
    insert = insert_or(WebhookEvent).values(row).on_conflict_do_nothing()
    db.session.execute(insert)
    if wrong:
        _park(
            letter.id, Held("wrong_mode", "A test letter to a live studio, or the other way."), now
        )


def open_waiting(now: datetime, limit: int, gateway: Gateway) -> Counter[str]:
    """Open up to `limit` letters whose time has come; counts them by what became of them.

    "done", "parked" (for a person to see, and looked at again) or "later" (Stripe silent).
    """
    waiting = db.session.scalars(
        sa.select(WebhookEvent.id)
        .where(WebhookEvent.state.in_(("new", "parked")), WebhookEvent.next_try_at <= now)
        .order_by(WebhookEvent.next_try_at, WebhookEvent.id)
        .limit(limit)
    ).all()
    return Counter(_open(event_id, gateway=gateway, now=now) for event_id in waiting)


def _open(event_id: str, *, gateway: Gateway, now: datetime) -> str:
    # Its next turn is set before it is opened: a letter that breaks us does not block the others.
    event = run_txn(lambda: _take(event_id, now))
    try:
        _look(event, gateway.at(event.stripe_account), now)
    except (OutcomeUnknown, Throttled):
        return "later"
    except (Held, NotFound, GatewayRefused, ValueError) as odd:
        found = (
            odd
            if isinstance(odd, Held)
            else Held("unknown_object", f"{event.type} {event.object_id}: {odd}")
        )
        return run_txn(lambda: _hold(event_id, found, now))
    run_txn(lambda: _done(event_id, now))
    return "done"


def _look(event: WebhookEvent, gateway: Gateway, now: datetime) -> None:
    if event.live_mode != gateway.expects_live:
        raise Held("wrong_mode", "A test letter to a live studio, or the other way.")
    about = rule.about(event.type)
    if about == "money":
        raise Held("by_hand", f"{event.type} {event.object_id} moved money without Taper.")
    if about == "dispute":
        disputes.look(event.object_id, gateway=gateway, now=now)
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


def _take(event_id: str, now: datetime) -> WebhookEvent:
    event = db.session.get_one(WebhookEvent, event_id, populate_existing=True)
    event.tries += 1
    event.next_try_at = now + rule.wait_after(event.tries)
    return event


def _hold(event_id: str, held: Held, now: datetime) -> str:
    _end(event_id, state="parked", error=held.code)
    _park(event_id, held, now)
    return "parked"


def _done(event_id: str, now: datetime) -> None:
    _end(event_id, state="done", error=None, done_at=now)
    db.session.execute(
        sa.update(Parked)
        .where(
            Parked.subject_type == "event",
            Parked.subject_key == event_id,
            Parked.resolved_at.is_(None),
        )
        .values(resolved_at=now)
    )


def _end(event_id: str, **values: object) -> None:
    open_ones = WebhookEvent.state != "done"
    db.session.execute(
        sa.update(WebhookEvent).where(WebhookEvent.id == event_id, open_ones).values(values)
    )


def _park(event_id: str, held: Held, now: datetime) -> None:
    park("event", event_id, code=held.code, reason=held.reason, location_id=None, now=now)
