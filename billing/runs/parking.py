"""Holds something back for a person, with the reason; the rest goes on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.models import Parked
from config import audit
from config.db import db
from config.errors import NotFound
from config.ids import new_id
from locations.upsert import insert_or


def park(
    subject_type: str,
    subject_key: str,
    *,
    code: str,
    reason: str,
    location_id: UUID | None,
    now: datetime,
) -> None:
    """Hold a "membership", "payment" or "event" back; parking it twice is parking it once."""
    row = {
        "id": new_id(),
        "location_id": location_id,
        "subject_type": subject_type,
        "subject_key": subject_key,
        "code": code[:40],
        "reason": reason[:300],
        "parked_at": now,
    }
    db.session.execute(insert_or(Parked).values(row).on_conflict_do_nothing())


def waiting(subject_type: str, *, location_id: UUID | None) -> list[Parked]:
    """What is held back now, oldest first."""
    query = sa.select(Parked).where(
        Parked.subject_type == subject_type, Parked.resolved_at.is_(None)
    )
    if location_id is not None:
        query = query.where(Parked.location_id == location_id)
    return list(db.session.scalars(query.order_by(Parked.parked_at, Parked.id)))


def held_memberships(location_id: UUID) -> list[UUID]:
    """Memberships that a run must pass over until a person has looked."""
    return [UUID(p.subject_key) for p in waiting("membership", location_id=location_id)]


def release(parked_id: UUID, *, by: audit.Actor, now: datetime) -> None:
    """Let the next run have it again."""
    found = db.session.get(Parked, parked_id)
    if found is None or found.resolved_at is not None:
        raise NotFound("parked item")
    found.resolved_at = now
    audit.record(
        actor=by,
        action="parked.release",
        subject_type=found.subject_type,
        subject_id=found.id,
        location_id=found.location_id,
        facts={"code": found.code},
        now=now,
    )
