"""Which plans end or rest because a date has come: found, and those without money moved on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from config.audit import SYSTEM
from config.db import db
from membership import letters
from membership.membership_rows import close, locked, record
from membership.models import Membership
from membership.rules import grace


def lapsing(location_id: UUID, *, on: date, limit: int) -> list[UUID]:
    """Plans in arrears whose period is over, or 30 days after they fell due."""
    too_long = on - timedelta(days=grace.LAPSE_DAYS)
    query = _of(location_id, ("grace", "locked"), limit).where(
        sa.or_(Membership.period_end <= on, Membership.arrears_since <= too_long)
    )
    return list(db.session.scalars(query))


def abandoned(location_id: UUID, *, on: date, limit: int) -> list[UUID]:
    """Starts that were not paid within 14 days."""
    too_long = on - timedelta(days=grace.ABANDONED_DAYS)
    query = _of(location_id, ("pending",), limit).where(Membership.anchor <= too_long)
    return list(db.session.scalars(query))


def lock_due(location_id: UUID, *, on: date, now: datetime) -> int:
    """Grace that is over turns into a lockout; how many plans were locked."""
    over = _of(location_id, ("grace",), None).where(Membership.grace_until <= on)
    ids = list(db.session.scalars(over.with_for_update(skip_locked=True)))
    for membership_id in ids:
        membership = locked(membership_id)
        membership.status = "locked"
        letters.locked(membership, now=now)
    db.session.flush()
    return len(ids)


def end_due(location_id: UUID, *, on: date, now: datetime) -> int:
    """Plans whose last paid day has passed end; how many did."""
    over = _of(location_id, ("active", "frozen"), None).where(Membership.ends_on <= on)
    ids = list(db.session.scalars(over.with_for_update(skip_locked=True)))
    for membership_id in ids:
        membership = locked(membership_id)
        close(membership, on=membership.ends_on or on, reason="cancelled", now=now)
        record(membership, "membership.ended", by=SYSTEM, now=now)
    db.session.flush()
    return len(ids)


def _of(location_id: UUID, statuses: tuple[str, ...], limit: int | None) -> sa.Select[UUID]:
    query = sa.select(Membership.id).where(
        Membership.location_id == location_id, Membership.status.in_(statuses)
    )
    return query.order_by(Membership.id).limit(limit)
