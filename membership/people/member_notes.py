"""The one free note that staff keep on a member. Not for health: the page says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import invalid_field
from locations.models import Account
from membership.models import MemberNote
from membership.people import members

MOST = 500
WARNING = (
    "Nothing about health, illness or treatment: it is not yours to keep here, and the member "
    "may ask to read it."
)


@dataclass(frozen=True, slots=True)
class Note:
    """What is kept, who wrote it last, and when."""

    text: str
    by: str
    at: datetime


def of_member(member_id: UUID) -> Note | None:
    """The note, if there is one."""
    row = db.session.execute(
        sa.select(MemberNote.text, Account.name, MemberNote.at)
        .join(Account, Account.id == MemberNote.by_account_id, isouter=True)
        .where(MemberNote.member_id == member_id)
    ).one_or_none()
    return None if row is None else Note(row.text, row.name or "", row.at)


def keep(member_id: UUID, *, text: str, location_id: UUID, by: Actor, now: datetime) -> None:
    """Write the note anew; an empty text takes it away. Its words are not kept elsewhere.

    Raises Invalid over 500 characters.
    """
    clean = text.strip()
    if len(clean) > MOST:
        raise invalid_field("/text", f"At most {MOST} characters, please.")
    members.lock(member_id)
    db.session.execute(sa.delete(MemberNote).where(MemberNote.member_id == member_id))
    if clean:
        note = MemberNote(member_id=member_id, text=clean, by_account_id=by.id, at=now)
        db.session.add(note)
        db.session.flush()
    audit.record(
        actor=by,
        action="member.noted",
        subject_type="member",
        subject_id=member_id,
        location_id=location_id,
        facts={"characters": len(clean)},
        now=now,
    )
