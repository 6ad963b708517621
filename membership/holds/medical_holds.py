"""Medical holds: asked for by the member, or noted by the desk; granted by a manager.

They cost nothing, count against no limit, begin in arrears too, and move packs as well. Why one
was asked for is the member's own: it is kept apart, and nothing here ever says it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from config.audit import Actor
from config.calendar import Period
from config.db import db
from config.errors import NotFound, invalid_field
from membership.holds import hold_letters, hold_moves, hold_rows, hold_steps
from membership.models import Hold, Member, Membership, PrivateReason
from membership.plans.membership_rows import locked
from membership.rules import holds as rules
from membership.rules.membership_status import require

LONGEST_DAYS = 366


class Request(NamedTuple):
    """A medical hold that waits for a manager, and whose it is."""

    hold: Hold
    member_id: UUID
    member_name: str


def request(membership_id: UUID, *, span: Period, on: date, by: Actor, now: datetime) -> Hold:
    """Note that a medical hold is asked for; a newer request replaces an older one."""
    membership = locked(membership_id)
    require(membership.status, "medical_hold_ask")
    if span.start < on:
        raise invalid_field("/start", "A hold begins today or later.")
    if not 0 < span.days <= LONGEST_DAYS:
        raise invalid_field("/back", "Choose a day after the first one, within a year.")
    for older in _asked(membership.id):
        hold_steps.drop(membership, older, by=by, now=now)
        forget_reason(older.id, member_id=membership.member_id)
    hold = hold_steps.add(membership, kind="medical", state="asked", span=span, by=by, now=now)
    hold_steps.record(hold, membership, "hold.asked", by=by, now=now)
    return hold


def keep_reason(hold: Hold, *, member_id: UUID, text: str, now: datetime) -> None:
    """Keep why, in the member's own words, where only they can read or erase it."""
    row = PrivateReason(
        source_id=hold.id, member_id=member_id, about="medical_hold", text=text, at=now
    )
    db.session.add(row)
    db.session.flush()


def forget_reason(hold_id: UUID, *, member_id: UUID) -> bool:
    """Erase why; what was granted stands. Whether there was something to erase."""
    gone = sa.delete(PrivateReason).where(
        PrivateReason.source_id == hold_id, PrivateReason.member_id == member_id
    )
    return db.session.scalar(gone.returning(PrivateReason.source_id)) is not None


def grant(hold_id: UUID, *, on: date, by: Actor, now: datetime) -> Hold:
    """Grant what was asked for, from today or its first day on, whichever is later.

    A hold that runs becomes medical from today; one that was planned gives way.
    """
    membership, hold = _locked(hold_id)
    require(membership.status, "medical_hold_ask")
    if hold.end <= on:
        raise rules.refuse("hold_over")
    hold.start = max(hold.start, on)
    other = hold_rows.live_for(membership.id)
    if other is not None and other.state == "running":
        hold.start, hold.end = on, max(hold.end, other.end)
        hold_moves.cut(membership, other, on=on)
    elif other is not None:
        hold_steps.drop(membership, other, by=by, now=now)
    hold.planned_end = hold.end
    hold.state = "scheduled"
    db.session.flush()
    hold_steps.record(hold, membership, "hold.granted", by=by, now=now)
    if hold_steps.can_begin(membership, hold, on=on):
        hold_steps.begin(membership, hold, by=by, now=now)
    hold_letters.planned(membership, hold, now=now)
    return hold


def decline(hold_id: UUID, *, by: Actor, now: datetime) -> Hold:
    """Do not grant it; what was said with it is erased."""
    membership, hold = _locked(hold_id)
    hold_steps.drop(membership, hold, by=by, now=now)
    forget_reason(hold.id, member_id=membership.member_id)
    hold_letters.dropped(membership, hold, now=now)
    return hold


def asked_for(membership_id: UUID) -> Hold | None:
    """The request that waits for a manager."""
    return next(iter(_asked(membership_id)), None)


def waiting(location_ids: Collection[UUID]) -> list[Request]:
    """Requests of plans billed at these locations, oldest first."""
    query = (
        sa.select(Hold, Member.id, Member.name)
        .join(Membership, Membership.id == Hold.membership_id)
        .join(Member, Member.id == Membership.member_id)
        .where(Membership.location_id.in_(list(location_ids)), Hold.state == "asked")
        .order_by(Hold.asked_at, Hold.id)
    )
    return [Request(row[0], row[1], row[2]) for row in db.session.execute(query)]


def reasons_of(member_id: UUID) -> list[PrivateReason]:
    """All that the member wrote about holds, for themselves alone, newest first."""
    query = sa.select(PrivateReason).where(
        PrivateReason.member_id == member_id, PrivateReason.about == "medical_hold"
    )
    return list(db.session.scalars(query.order_by(PrivateReason.at.desc())))


def reason_of(hold_id: UUID, *, member_id: UUID) -> str | None:
    """What the member wrote, for themselves alone."""
    return db.session.scalar(
        sa.select(PrivateReason.text).where(
            PrivateReason.source_id == hold_id, PrivateReason.member_id == member_id
        )
    )


def _asked(membership_id: UUID) -> list[Hold]:
    query = sa.select(Hold).where(Hold.membership_id == membership_id, Hold.state == "asked")
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _locked(hold_id: UUID) -> tuple[Membership, Hold]:
    """A request with its membership, locked. Raises NotFound for anything else."""
    membership = locked(hold_rows.read(hold_id).membership_id)
    hold = hold_rows.read(hold_id)
    if hold.state != "asked":
        raise NotFound("request")
    return membership, hold
