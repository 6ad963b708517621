"""A studio's drawer: opened with a count, closed with a count, and every cent in between booked.

One is open per studio at a time; a constraint says so, whoever presses first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from billing.models import GiftCardEntry, Payment, Refund, TillMove, TillSession
from billing.rules import till as rule
from billing.rules.till import Count, Flow
from config import audit
from config.audit import Actor
from config.db import db
from config.ids import new_id
from locations import ledger, places
from locations.models import Location
from locations.rules import ledger as books
from locations.rules.tenders import Counted, Move


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
        entry = books.till_float(
            session_id=session.id,
            on=on,
            currency=session.currency,
            location_id=place.id,
            amount_cents=over_cents,
        )
        ledger.post([entry], now=now)
    elif over_cents:
        _book_count(session, "till_opened", place, over_cents, now=now)
    _record("till.opened", session, by=by, now=now, counted_cents=counted_cents)
    return session


def move(
    place: Location, kind: Move, amount_cents: int, *, reason: str, by: Actor, now: datetime
) -> TillMove:
    """Cash into the drawer, out of it, or to the bank, with a reason that is kept.

    Refused("till_closed"), and "not_in_drawer" for more than there is.
    """
    session = _locked(place.id)
    if kind != "paid_in":
        require_cash(session, amount_cents)
    found = _move(session, kind, amount_cents, reason, by=by, now=now)
    _record(f"till.{kind}", session, by=by, now=now, amount_cents=amount_cents, reason=reason)
    return found


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
    session = _locked(place.id)
    found = flow(session)
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
    settled = books.terminal_settled(
        session_id=session.id,
        on=places.business_date(place, now),
        currency=session.currency,
        location_id=place.id,
        amount_cents=slips_cents,
    )
    ledger.post([settled], now=now)
    _record(
        "till.closed", session, by=by, now=now, counted_cents=counted_cents, over_cents=over_cents
    )
    return count


def require_cash(session: TillSession, amount_cents: int) -> None:
    """Refused("not_in_drawer") for more cash than should be in it."""
    if amount_cents > flow(session).drawer_cents:
        raise rule.refuse("not_in_drawer")


def flow(session: TillSession) -> Flow:
    """What came and went in a session so far."""
    paid = dict(_sums(Payment.tender, Payment.amount_cents, Payment.source_id == session.id))
    back = dict(
        _sums(
            Refund.tender,
            Refund.amount_cents,
            sa.and_(Refund.source_id == session.id, Refund.state == "succeeded"),
        )
    )
    moved = dict(
        _sums(TillMove.kind, TillMove.amount_cents, TillMove.till_session_id == session.id)
    )
    return Flow(
        opening_cents=session.opening_cents,
        cash_cents=paid.get("cash", 0),
        terminal_cents=paid.get("terminal", 0),
        paid_in_cents=moved.get("paid_in", 0),
        paid_out_cents=moved.get("paid_out", 0),
        deposit_cents=moved.get("deposit", 0),
        refunded_cents=back.get("cash", 0),
        cashed_cents=_cashed(session),
        terminal_back_cents=back.get("terminal", 0),
    )


def sessions_of(location_id: UUID, *, limit: int = 60) -> Sequence[TillSession]:
    """A studio's sessions, the newest first."""
    query = sa.select(TillSession).where(TillSession.location_id == location_id)
    return db.session.scalars(query.order_by(TillSession.id.desc()).limit(limit)).all()


def moves_of(session_id: UUID) -> Sequence[TillMove]:
    """What else came and went in a session, oldest first."""
    query = sa.select(TillMove).where(TillMove.till_session_id == session_id)
    return db.session.scalars(query.order_by(TillMove.id)).all()


def _cashed(session: TillSession) -> int:
    """Gift cards that were paid out while it was open: one drawer is open here at a time."""
    query = sa.select(sa.func.coalesce(sa.func.sum(-GiftCardEntry.amount_cents), 0)).where(
        GiftCardEntry.location_id == session.location_id,
        GiftCardEntry.kind == "cashed",
        GiftCardEntry.at >= session.opened_at,
    )
    if session.closed_at is not None:
        query = query.where(GiftCardEntry.at <= session.closed_at)
    return int(db.session.scalar(query) or 0)


def _sums(
    key: sa.ColumnElement[str] | object, cents: object, where: sa.ColumnElement[bool]
) -> list[tuple[str, int]]:
    query = sa.select(key, sa.cast(sa.func.sum(cents), sa.BigInteger)).where(where)  # type: ignore[call-overload]
    return [(row[0], int(row[1])) for row in db.session.execute(query.group_by(key))]  # type: ignore[arg-type]


def _left_in_drawer(location_id: UUID) -> int | None:
    query = sa.select(TillSession.counted_cents).where(
        TillSession.location_id == location_id, TillSession.closed_at.is_not(None)
    )
    return db.session.scalar(query.order_by(TillSession.id.desc()).limit(1))


def _locked(location_id: UUID) -> TillSession:
    query = sa.select(TillSession).where(
        TillSession.location_id == location_id, TillSession.closed_at.is_(None)
    )
    found = db.session.scalars(
        query.with_for_update().execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise rule.refuse("till_closed")
    return found


def _move(
    session: TillSession, kind: Move, cents: int, reason: str, *, by: Actor, now: datetime
) -> TillMove:
    place = places.get(session.location_id)
    found = TillMove(
        id=new_id(),
        till_session_id=session.id,
        kind=kind,
        amount_cents=cents,
        reason=reason,
        by_account_id=by.id,
        at=now,
    )
    db.session.add(found)
    db.session.flush()
    entry = books.till_moved(
        move_id=found.id,
        move=kind,
        on=places.business_date(place, now),
        currency=session.currency,
        location_id=place.id,
        amount_cents=cents,
        reason=reason,
    )
    ledger.post([entry], now=now)
    return found


def _book_count(
    session: TillSession, kind: Counted, place: Location, over_cents: int, *, now: datetime
) -> None:
    entry = books.till_counted(
        session_id=session.id,
        kind=kind,
        on=places.business_date(place, now),
        currency=session.currency,
        location_id=place.id,
        over_cents=over_cents,
    )
    ledger.post([entry], now=now)


def _record(
    action: str, session: TillSession, *, by: Actor, now: datetime, **facts: object
) -> None:
    audit.record(
        actor=by,
        action=action,
        subject_type="till_session",
        subject_id=session.id,
        location_id=session.location_id,
        facts=facts,
        now=now,
    )
