"""What is held back for a person: whom it is about, why, and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.models import Parked
from billing.runs import parking
from config.audit import Actor
from config.db import db
from config.errors import NotFound
from locations.models import Location
from membership.models import Member, Membership

MOST = 200
# What it takes, in the words of somebody who has to do it.
_WAYS_OUT = {
    "membership": "Mend what it says, then release: the next run bills it. Or bill nobody for it.",
    "payment": "Look at the payment: give the money back, or book it to what it was for.",
    "event": "It is tried again by itself; release it once its object is known.",
    "refund": "Pay it another way, or release it to be sent again.",
    "dispute": "Find what it is about at Stripe, then release.",
}


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that waits; `member_id` where it is known whom it is about."""

    id: UUID
    place_name: str | None
    zone: str
    about: str
    member_id: UUID | None
    reason: str
    way_out: str
    since: datetime
    may_be_given: bool


def waiting(location_ids: Sequence[UUID]) -> list[Held]:
    """What waits at these locations, oldest first."""
    query = (
        sa.select(Parked, Location.name, Location.zone)
        .join(Location, Location.id == Parked.location_id)
        .where(Parked.location_id.in_(location_ids), Parked.resolved_at.is_(None))
        .order_by(Parked.parked_at, Parked.id)
        .limit(MOST)
    )
    rows = db.session.execute(query).all()
    members = _members([row[0] for row in rows])
    return [_held(row, place, zone, members.get(row.subject_key)) for row, place, zone in rows]


def location_of(parked_id: UUID) -> UUID:
    """Where it waits, or waited. NotFound for what never waited at a location."""
    found = db.session.get(Parked, parked_id)
    if found is None or found.location_id is None:
        raise NotFound
    return found.location_id


def release(parked_id: UUID, *, by: Actor, now: datetime) -> None:
    """Let it be tried again; the journal says who found that it may. A repeat is quiet."""
    found = db.session.get(Parked, parked_id, with_for_update=True, populate_existing=True)
    if found is not None and found.resolved_at is None:
        parking.release(parked_id, by=by, now=now)


def _held(row: Parked, place: str, zone: str, member: tuple[UUID, str] | None) -> Held:
    return Held(
        id=row.id,
        place_name=place,
        zone=zone,
        about=member[1] if member else f"{row.subject_type} {row.subject_key}",
        member_id=member[0] if member else None,
        reason=row.reason,
        way_out=_WAYS_OUT[row.subject_type],
        since=row.parked_at,
        may_be_given=row.subject_type == "membership",
    )


def _members(rows: Sequence[Parked]) -> dict[str, tuple[UUID, str]]:
    """Whom plans that are held back belong to, by their key."""
    plans = [UUID(row.subject_key) for row in rows if row.subject_type == "membership"]
    query = (
        sa.select(Membership.id, Member.id, Member.name)
        .join(Member, Member.id == Membership.member_id)
        .where(Membership.id.in_(plans))
    )
    return {str(plan): (member, name) for plan, member, name in db.session.execute(query)}
