"""Which plans end or rest because a date has come: found, and those without money moved on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from config.audit import SYSTEM
from config.db import db
from membership.models import Membership
from membership.plans import letters
from membership.plans.membership_rows import close, locked, record
from membership.rules import grace


def _of(*statuses: str) -> sa.Select[UUID]:
    return (
        sa.select(Membership.id)
        .where(Membership.location_id == sa.bindparam("location"), Membership.status.in_(statuses))
        .order_by(Membership.id)
    )


# Built once: a location asks these every minute, and most often finds nothing.
LAPSING = _of("grace", "locked").where(
    sa.or_(
        Membership.period_end <= sa.bindparam("on"),
        Membership.arrears_since <= sa.bindparam("arrears_by"),
    )
)
ABANDONED = _of("pending").where(Membership.anchor <= sa.bindparam("abandoned_by"))
LOCKING = _of("grace").where(Membership.grace_until <= sa.bindparam("on"))
ENDING = _of("active", "frozen").where(Membership.ends_on <= sa.bindparam("on"))


def asked(location_id: UUID, *, on: date) -> dict[str, Any]:
    """What the queries of this module are asked with, on a business date."""
    return {
        "location": location_id,
        "on": on,
        "arrears_by": on - timedelta(days=grace.LAPSE_DAYS),
        "abandoned_by": on - timedelta(days=grace.ABANDONED_DAYS),
    }


def lapsing(location_id: UUID, *, on: date, limit: int) -> list[UUID]:
    """Plans in arrears whose period is over, or 30 days after they fell due."""
    return list(db.session.scalars(LAPSING.limit(limit), asked(location_id, on=on)))


def abandoned(location_id: UUID, *, on: date, limit: int) -> list[UUID]:
    """Starts that were not paid within 14 days."""
    return list(db.session.scalars(ABANDONED.limit(limit), asked(location_id, on=on)))


def ending(location_id: UUID, *, on: date, limit: int) -> list[UUID]:
    """Plans whose last paid day has passed."""
    return list(db.session.scalars(ENDING.limit(limit), asked(location_id, on=on)))


def lock_due(location_id: UUID, *, on: date, now: datetime) -> int:
    """Grace that is over turns into a lockout; how many plans were locked."""
    over = LOCKING.with_for_update(skip_locked=True)
    ids = list(db.session.scalars(over, asked(location_id, on=on)))
    for membership_id in ids:
        membership = locked(membership_id)
        membership.status = "locked"
        letters.locked(membership, now=now)
    db.session.flush()
    return len(ids)


def end_due(location_id: UUID, *, on: date, now: datetime) -> int:
    """Plans whose last paid day has passed end; how many did."""
    over = ENDING.with_for_update(skip_locked=True)
    ids = list(db.session.scalars(over, asked(location_id, on=on)))
    for membership_id in ids:
        membership = locked(membership_id)
        close(membership, on=membership.ends_on or on, reason="cancelled", now=now)
        record(membership, "membership.ended", by=SYSTEM, now=now)
    db.session.flush()
    return len(ids)
