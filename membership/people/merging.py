"""Two records of one person become one: what may move moves, what is history is read with it.

Rows that the database never lets anybody edit (papers, consents, invoices, movements of the
books and of the MRR) stay under the record they were made for; `members.records_of` finds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.base import Base, table_of
from config.db import db
from config.errors import Refused
from config.ids import new_id
from membership.credits import credits
from membership.models import (
    Charge,
    CreditGrant,
    GaugeScore,
    HealthConsent,
    Member,
    MemberMerge,
    MemberNote,
    MemberPack,
    Membership,
    Notice,
    PrivateReason,
    StarterOverride,
    Visit,
)
from membership.people import members
from membership.plans import membership_rows

MOVED: Final[tuple[type[Base], ...]] = (
    Membership,
    MemberPack,
    CreditGrant,
    Visit,
    Charge,
    Notice,
    StarterOverride,
    HealthConsent,
    GaugeScore,
    PrivateReason,
)
LONGEST_NOTE: Final = 500
REFUSALS: Final = {
    "same_record": "This is one record already.",
    "two_plans": "Both records have a plan: please end one of them first.",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What comes from the other record, for a person to look at before the button."""

    name: str
    email: str
    phone: str | None
    since: date
    packs: int
    visits: int
    sessions_left: int
    has_plan: bool


def preview(*, kept_id: UUID, merged_id: UUID, on: date) -> Preview:
    """What merging would move; refused as the act is."""
    _refuse_two(kept_id, merged_id)
    other = members.get(merged_id)
    return Preview(
        name=other.name,
        email=other.email,
        phone=other.phone,
        since=other.created_at.date(),
        packs=_count(MemberPack, merged_id),
        visits=_count(Visit, merged_id),
        sessions_left=credits.balance(merged_id, on),
        has_plan=membership_rows.live_for(merged_id) is not None,
    )


def merge(*, kept_id: UUID, merged_id: UUID, reason: str, by: Actor, now: datetime) -> None:
    """Make one record of two; what was the other's belongs to the kept one from now on.

    Raises Refused("same_record") for one record, or one merged before, and
    Refused("two_plans") where both have a live plan. Nothing of it is undone by itself.
    """
    for member_id in sorted((kept_id, merged_id)):
        members.lock(member_id)
    _refuse_two(kept_id, merged_id)
    kept, merged = members.get(kept_id), members.get(merged_id)
    _one_health_consent(kept_id, merged_id, now)
    for model in MOVED:
        column = table_of(model).c.member_id
        db.session.execute(
            sa.update(table_of(model)).where(column == merged_id).values(member_id=kept_id)
        )
    _keep_notes(kept_id, merged_id)
    _one_sign_in(kept, merged)
    # Records that were merged into the other one before: one step leads to the kept one.
    db.session.execute(
        sa.update(Member)
        .where(sa.or_(Member.id == merged_id, Member.merged_into_id == merged_id))
        .values(merged_into_id=kept_id)
    )
    db.session.add(
        MemberMerge(
            id=new_id(),
            kept_id=kept_id,
            merged_id=merged_id,
            reason=reason,
            by_account_id=by.id,
            at=now,
        )
    )
    db.session.flush()
    db.session.expire_all()
    audit.record(
        actor=by,
        action="member.merged",
        subject_type="member",
        subject_id=kept_id,
        location_id=None,
        facts={"merged_id": merged_id, "reason": reason},
        now=now,
    )


def _refuse_two(kept_id: UUID, merged_id: UUID) -> None:
    kept, merged = members.get(kept_id), members.get(merged_id)
    if kept_id == merged_id or kept.merged_into_id or merged.merged_into_id:
        raise Refused("same_record", REFUSALS["same_record"])
    if membership_rows.live_for(kept_id) and membership_rows.live_for(merged_id):
        raise Refused("two_plans", REFUSALS["two_plans"])


def _one_health_consent(kept_id: UUID, merged_id: UUID, now: datetime) -> None:
    """A person agrees to their notes once: of two agreements, the kept record's goes on."""
    standing = sa.select(HealthConsent.kind).where(
        HealthConsent.member_id == kept_id, HealthConsent.withdrawn_at.is_(None)
    )
    kinds = list(db.session.scalars(standing))
    db.session.execute(
        sa.update(HealthConsent)
        .where(HealthConsent.member_id == merged_id, HealthConsent.withdrawn_at.is_(None))
        .where(HealthConsent.kind.in_(kinds))
        .values(withdrawn_at=now)
    )


def _keep_notes(kept_id: UUID, merged_id: UUID) -> None:
    """The two free notes become one where both fit; else the other stays with its record."""
    own, other = db.session.get(MemberNote, kept_id), db.session.get(MemberNote, merged_id)
    if other is None:
        return
    if own is None:
        row = table_of(MemberNote)
        db.session.execute(
            sa.update(row).where(row.c.member_id == merged_id).values(member_id=kept_id)
        )
        return
    together = f"{own.text}\n{other.text}"
    if len(together) <= LONGEST_NOTE:
        own.text = together
        db.session.delete(other)
        db.session.flush()


def _one_sign_in(kept: Member, merged: Member) -> None:
    """Either sign-in leads to the kept record; a record without one gets the other's."""
    if kept.account_id is None and merged.account_id is not None:
        account_id, merged.account_id = merged.account_id, None
        db.session.flush()
        kept.account_id = account_id
        db.session.flush()


def _count(model: type[MemberPack] | type[Visit], member_id: UUID) -> int:
    query = sa.select(sa.func.count()).select_from(model).where(model.member_id == member_id)
    return db.session.scalar(query) or 0
