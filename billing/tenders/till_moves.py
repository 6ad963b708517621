"""What else than a sale moves a drawer: cash put in, taken out, or brought to the bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.models import TillMove
from billing.tenders import till, till_flow
from config.audit import Actor
from config.db import db
from locations import ledger, places
from locations.models import Location
from locations.rules.till import Move, till_moved


def move(
    place: Location,
    kind: Move,
    amount_cents: int,
    *,
    reason: str,
    key: UUID,
    by: Actor,
    now: datetime,
) -> TillMove:
    """Cash into the drawer, out of it, or to the bank, with a reason that is kept.

    `key` is the form's own: the same form sent twice moves once.
    Refused("till_closed"), and "not_in_drawer" for more than there is.
    """
    session = till.locked(place.id)
    before = db.session.get(TillMove, key)
    if before is not None:
        return before
    if kind != "paid_in":
        till_flow.require_cash(session, amount_cents)
    found = TillMove(
        id=key,
        till_session_id=session.id,
        kind=kind,
        amount_cents=amount_cents,
        reason=reason,
        by_account_id=by.id,
        at=now,
    )
    db.session.add(found)
    db.session.flush()
    entry = till_moved(
        move_id=found.id,
        move=kind,
        on=places.business_date(place, now),
        currency=session.currency,
        location_id=place.id,
        amount_cents=amount_cents,
        reason=reason,
    )
    ledger.post([entry], now=now)
    facts = {"amount_cents": amount_cents, "reason": reason}
    till.record(f"till.{kind}", session, by=by, now=now, **facts)
    return found


def moves_of(session_id: UUID) -> Sequence[TillMove]:
    """What else came and went in a session, oldest first."""
    query = sa.select(TillMove).where(TillMove.till_session_id == session_id)
    return db.session.scalars(query.order_by(TillMove.id)).all()
