"""A studio that closes: its members are told, and its plans and packs end on the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from locations.models import Location
from membership.models import CreditGrant, MemberPack, Membership, PlanChange
from membership.plans import letters
from membership.rules.answers import Ignored
from membership.rules.membership_status import require


def tell(location: Location, *, now: datetime, by: Actor) -> int:
    """Write to everybody who holds a plan here that it ends with the studio; how many were.

    They may move home to another studio until then; else what is unused goes back.
    """
    assert location.closes_on is not None
    told = 0
    for membership_id in holders(location.id):
        membership = db.session.get_one(Membership, membership_id)
        if not isinstance(require(membership.status, "location_closes"), Ignored):
            letters.location_closes(membership, closes_on=location.closes_on, now=now)
            told += 1
    audit.record(
        actor=by,
        action="location.closing_announced",
        subject_type="location",
        subject_id=location.id,
        location_id=location.id,
        facts={"closes_on": location.closes_on, "plans": told},
        now=now,
    )
    return told


def holders(location_id: UUID) -> Sequence[UUID]:
    """Plans that are billed here and have not ended."""
    query = sa.select(Membership.id).where(
        Membership.location_id == location_id, Membership.status != "ended"
    )
    return db.session.scalars(query.order_by(Membership.id)).all()


def staying(location_id: UUID) -> Sequence[UUID]:
    """Those of them that nobody has moved to another studio from their next renewal on."""
    moves = sa.exists().where(
        PlanChange.membership_id == Membership.id,
        PlanChange.state == "pending",
        PlanChange.location_id != location_id,
    )
    query = sa.select(Membership.id).where(
        Membership.location_id == location_id, Membership.status != "ended", ~moves
    )
    return db.session.scalars(query.order_by(Membership.id)).all()


def bound_packs(location_id: UUID) -> Sequence[UUID]:
    """Packs sold here with sessions left that can be used nowhere else."""
    query = (
        sa.select(MemberPack.id)
        .join(
            CreditGrant,
            (CreditGrant.source_id == MemberPack.id) & (CreditGrant.source_type == "pack"),
        )
        .where(
            MemberPack.sold_at == location_id,
            MemberPack.state.in_(("unopened", "open")),
            CreditGrant.remaining > 0,
            CreditGrant.scope_id == location_id,
        )
    )
    return db.session.scalars(query.order_by(MemberPack.id)).all()
