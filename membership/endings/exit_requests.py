"""Asking to leave on a ground of law: noted by the member or the desk, granted by a manager.

That somebody asks is known at the desk; why is the member's own, kept apart and erasable alone.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from membership.models import Member, MemberHome, PrivateReason

_ABOUT = "exit"


def ask(member_id: UUID, *, text: str, now: datetime, by: Actor) -> None:
    """Note the request, with the member's words or none; a second one replaces the first."""
    row = db.session.get(PrivateReason, member_id)
    if row is None:
        row = PrivateReason(
            source_id=member_id, member_id=member_id, about=_ABOUT, text=text, at=now
        )
        db.session.add(row)
    row.text, row.at = text[:500], now
    db.session.flush()
    _record(member_id, "exit.asked", by=by, now=now)


def note(member_id: UUID, *, now: datetime, by: Actor) -> None:
    """Note at the desk that a member asks, without a word of why; once is enough."""
    if not is_asked(member_id):
        ask(member_id, text="", now=now, by=by)


def is_asked(member_id: UUID) -> bool:
    """Whether a request waits for a manager."""
    return db.session.get(PrivateReason, member_id) is not None


def settle(member_id: UUID, *, granted_as: UUID | None, now: datetime, by: Actor) -> None:
    """The request is granted, its words kept under what ended (`granted_as`), or declined."""
    row = db.session.get(PrivateReason, member_id)
    if row is not None:
        text, at = row.text, row.at
        db.session.delete(row)
        db.session.flush()
        if granted_as is not None and db.session.get(PrivateReason, granted_as) is None:
            db.session.add(
                PrivateReason(
                    source_id=granted_as, member_id=member_id, about=_ABOUT, text=text, at=at
                )
            )
    db.session.flush()
    _record(member_id, "exit.granted" if granted_as else "exit.declined", by=by, now=now)


def waiting(location_ids: Collection[UUID], *, on: date) -> list[Member]:
    """Members at home at these locations whose request waits, oldest first."""
    newest = (
        sa.select(MemberHome.location_id)
        .where(MemberHome.member_id == Member.id, MemberHome.effective_from <= on)
        .order_by(MemberHome.effective_from.desc())
        .limit(1)
        .correlate(Member)
        .scalar_subquery()
    )
    query = (
        sa.select(Member)
        .join(PrivateReason, PrivateReason.source_id == Member.id)
        .where(PrivateReason.about == _ABOUT, newest.in_(list(location_ids)))
        .order_by(PrivateReason.at, Member.id)
    )
    return list(db.session.scalars(query))


def _record(member_id: UUID, action: str, *, by: Actor, now: datetime) -> None:
    audit.record(
        actor=by,
        action=action,
        subject_type="member",
        subject_id=member_id,
        location_id=None,
        facts={},
        now=now,
    )
