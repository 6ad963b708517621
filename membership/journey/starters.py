"""One starter per person, at all locations; a manager may give leave for one more, on record.

A person is every record with the same mailbox or the same phone, and every record that was
merged with one of those. What is refused says the same to whoever asks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.calendar import local_date
from config.db import db, dialect
from config.errors import Refused
from config.ids import new_id
from locations import places
from locations.models import Account, Location
from membership.models import Member, MemberPack, Pack, PackVersion, StarterOverride
from membership.people import members

MOST_LISTED = 500
LEAVE_WAITS = "This person has leave for one more starter already, and has not used it yet."


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave for one more starter as managers read it; `used_on` is when it was paid for."""

    on: date
    name: str
    place_name: str
    by: str
    reason: str
    used_on: date | None


def same_person(member_id: UUID) -> list[UUID]:
    """The keys of all records that are this member's person, their own first.

    Held until the commit: of two records of one person, nobody else looks at the other
    meanwhile, however they are spelled.
    """
    own = members.get(member_id)
    _hold(own)
    ways = [Member.id == own.id, Member.email_key == own.email_key]
    if own.phone:
        ways.append(Member.phone == own.phone)
    found = db.session.execute(
        sa.select(Member.id, Member.merged_into_id).where(sa.or_(*ways))
    ).all()
    roots = {row.merged_into_id or row.id for row in found}
    merged = db.session.scalars(sa.select(Member.id).where(Member.merged_into_id.in_(roots)))
    others = {row.id for row in found} | roots | set(merged)
    return [own.id, *sorted(others - {own.id})]


def had_one(member_id: UUID) -> bool:
    """Whether the person bought a starter before, or stands at the till with one elsewhere."""
    ids = same_person(member_id)
    bought = MemberPack.purchased_on.is_not(None)
    elsewhere = (MemberPack.state == "draft") & (MemberPack.member_id != member_id)
    query = _starters().where(MemberPack.member_id.in_(ids), bought | elsewhere)
    return db.session.scalar(query.limit(1)) is not None


def waits(member_id: UUID) -> bool:
    """Whether a second tab is at the till with a starter: two could be paid at once."""
    query = _starters().where(MemberPack.member_id == member_id, MemberPack.state == "draft")
    return db.session.scalar(query.limit(1)) is not None


def allow_again(
    member_id: UUID, *, location_id: UUID, reason: str, by: Actor, now: datetime
) -> StarterOverride:
    """A manager's leave for one more starter at a location, with the reason; used once.

    Raises Refused("leave_waits") where an earlier one was not used yet.
    """
    members.lock(member_id)
    if leave_for(member_id, location_id=location_id) is not None:
        raise Refused("leave_waits", LEAVE_WAITS)
    leave = StarterOverride(
        id=new_id(),
        member_id=member_id,
        location_id=location_id,
        reason=reason,
        by_account_id=by.id,
        at=now,
    )
    db.session.add(leave)
    db.session.flush()
    audit.record(
        actor=by,
        action="starter.allowed_again",
        subject_type="member",
        subject_id=member_id,
        location_id=location_id,
        facts={"override_id": leave.id, "reason": reason},
        now=now,
    )
    return leave


def leaves(location_ids: Collection[UUID]) -> list[Leave]:
    """Every leave that was given for these locations, newest first."""
    rows = db.session.execute(
        sa.select(
            StarterOverride, Member.name, Location.name, Account.name, MemberPack.purchased_on
        )
        .join(Member, Member.id == StarterOverride.member_id)
        .join(Location, Location.id == StarterOverride.location_id)
        .join(Account, Account.id == StarterOverride.by_account_id, isouter=True)
        .join(MemberPack, MemberPack.id == StarterOverride.member_pack_id, isouter=True)
        .where(StarterOverride.location_id.in_(list(location_ids)))
        .order_by(StarterOverride.id.desc())
        .limit(MOST_LISTED)
    )
    zones = {place.id: place.zone for place in places.all_ones()}
    return [
        Leave(
            on=local_date(leave.at, zones[leave.location_id]),
            name=name,
            place_name=place_name,
            by=by or "",
            reason=leave.reason,
            used_on=used_on,
        )
        for leave, name, place_name, by, used_on in rows
    ]


def leave_for(member_id: UUID, *, location_id: UUID) -> StarterOverride | None:
    """The person's unused leave for one more starter here, held until the commit."""
    query = (
        sa.select(StarterOverride)
        .where(
            StarterOverride.member_id.in_(same_person(member_id)),
            StarterOverride.location_id == location_id,
            StarterOverride.member_pack_id.is_(None),
        )
        .order_by(StarterOverride.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.scalar(query)


def free_leave(member_pack_id: UUID) -> None:
    """A sale on somebody's leave was never paid: it may be used after all."""
    db.session.execute(
        sa.update(StarterOverride)
        .where(StarterOverride.member_pack_id == member_pack_id)
        .values(member_pack_id=None)
    )


def _starters() -> sa.Select[UUID]:
    return (
        sa.select(MemberPack.id)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(Pack.kind == "starter")
    )


def _hold(own: Member) -> None:
    """One purchase at a time per mailbox and per phone.

    Two records of one person share no row to lock, and the second may not even be committed;
    SQLite has one writer anyway.
    """
    if dialect() != "postgresql":
        return
    for key in sorted(filter(None, (own.email_key, own.phone))):
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big", signed=True)
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
