"""A studio's drawer: opened with a count, closed with a count, and every cent in between booked.

One is open per studio at a time; a constraint says so, whoever presses first.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from billing.models import TillSession
from billing.rules import till as rule
from billing.rules.till import Count
from billing.tenders import till_flow
from config import audit
from config.audit import Actor
from config.db import db
from config.ids import new_id
from locations import ledger, places
from locations.models import Location
from locations.rules import till
from locations.rules.till import Counted


def current(location_id: UUID) -> TillSession | None:
    """The open session of a studio, if there is one."""
    query = sa.select(TillSession).where(
        TillSession.location_id == location_id, TillSession.closed_at.is_(None)
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).first()


def require_open(location_id: UUID) -> TillSession:
    """The open session. Refused("till_closed") where there is none."""
    found = current(location_id)
    if found is None:
        raise rule.refuse("till_closed")
    return found


def open_one(place: Location, *, counted_cents: int, by: Actor, now: datetime) -> TillSession:
    """Open the drawer with what is counted in it.

    A first float comes from the studio's bank; later ones should be what the last count left, and
    a difference is over or short. Refused("till_open") where one is open.
    """
    on = places.business_date(place, now)
    left_cents = _left_in_drawer(place.id)
    session = TillSession(
        id=new_id(),
        location_id=place.id,
        currency=place.currency,
        opened_on=on,
        opened_at=now,
        opened_by=by.id,
        opening_cents=counted_cents,
    )
    if current(place.id) is not None:
        raise rule.refuse("till_open")
    db.session.add(session)
    try:
        db.session.flush()
    except IntegrityError as raced:
        raise rule.refuse("till_open") from raced
    over_cents = rule.opening_difference(counted_cents=counted_cents, left_cents=left_cents)
    if left_cents is None and over_cents:
        entry = till.till_float(
            session_id=session.id,
            on=on,
            currency=session.currency,
            location_id=place.id,
            amount_cents=over_cents,
        )
        ledger.post([entry], now=now)
    elif over_cents:
        _book_count(session, "till_opened", place, over_cents, now=now)
    record("till.opened", session, by=by, now=now, counted_cents=counted_cents)
    return session


def close(
    place: Location,
    *,
    counted_cents: int,
    slips_cents: int,
    note: str | None,
    by: Actor,
    now: datetime,
) -> Count:
    """Close the drawer with a count of its cash and the terminal's own total.

    What differs is booked as over or short; the terminal's total leaves for the bank, the cash
    stays in the drawer until it is deposited. Refused("till_closed").
    """
    session = locked(place.id)
    found = till_flow.flow(session)
    count = rule.counted(found, counted_cents=counted_cents, slips_cents=slips_cents)
    session.expected_cents = found.drawer_cents
    session.counted_cents = counted_cents
    session.terminal_cents = slips_cents
    session.note = note
    session.closed_at = now
    session.closed_by = by.id
    db.session.flush()
    over_cents = count.over_cents + count.slips_over_cents
    _book_count(session, "till_closed", place, over_cents, now=now)
    settled = till.terminal_settled(
        session_id=session.id,
        on=places.business_date(place, now),
        currency=session.currency,
        location_id=place.id,
        amount_cents=slips_cents,
    )
    ledger.post([settled], now=now)
    record(
        "till.closed", session, by=by, now=now, counted_cents=counted_cents, over_cents=over_cents
    )
    return count


def _left_in_drawer(location_id: UUID) -> int | None:
    query = sa.select(TillSession.counted_cents).where(
        TillSession.location_id == location_id, TillSession.closed_at.is_not(None)
    )
    return db.session.scalar(query.order_by(TillSession.id.desc()).limit(1))


def locked(location_id: UUID) -> TillSession:
    """The open session, locked. Refused("till_closed") where there is none."""
    query = sa.select(TillSession).where(
        TillSession.location_id == location_id, TillSession.closed_at.is_(None)
    )
    found = db.session.scalars(
        query.with_for_update().execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise rule.refuse("till_closed")
    return found


def _book_count(
    session: TillSession, kind: Counted, place: Location, over_cents: int, *, now: datetime
) -> None:
    entry = till.till_counted(
        session_id=session.id,
        kind=kind,
        on=places.business_date(place, now),
        currency=session.currency,
        location_id=place.id,
        over_cents=over_cents,
    )
    ledger.post([entry], now=now)


def record(action: str, session: TillSession, *, by: Actor, now: datetime, **facts: object) -> None:
    """Write down who did what to a drawer."""
    audit.record(
        actor=by,
        action=action,
        subject_type="till_session",
        subject_id=session.id,
        location_id=session.location_id,
        facts=facts,
        now=now,
    )
