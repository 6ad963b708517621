"""Stripe's letters: kept by unique id, opened at our own pace, never believed.

A letter only says what to look at. Twice, out of order or weeks late: the look finds the same
object, and `settle` writes it down once.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import sqlalchemy as sa

from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown, Throttled
from billing.gateway.letters import Letter
from billing.letters import letter_looks
from billing.letters.letter_looks import Held
from billing.models import Parked, WebhookEvent
from billing.rules import letters as rule
from billing.runs.parking import park
from config.db import db, run_txn
from config.errors import NotFound
from locations.upsert import insert_or


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
            letter.id,
            Held("wrong_mode", "A test letter to a live studio, or the other way."),
            now,
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
        letter_looks.look(event, gateway.at(event.stripe_account), now)
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
