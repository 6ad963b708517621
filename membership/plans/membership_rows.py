"""Held plans as rows: found, held still until the commit, closed and written down."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import NotFound
from membership.holds import hold_moves
from membership.models import Membership
from membership.mrr import mrr

# Built once: whatever a member does asks the first, and whatever changes a plan the second.
_LIVE = sa.select(Membership).where(
    Membership.member_id == sa.bindparam("member"), Membership.status != "ended"
)
_LOCKED = (
    sa.select(Membership)
    .where(Membership.id == sa.bindparam("id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def live_for(member_id: UUID) -> Membership | None:
    """The member's membership that has not ended; there is at most one."""
    return db.session.scalars(_LIVE, {"member": member_id}).first()


def locked(membership_id: UUID) -> Membership:
    """A membership, read anew and locked until the commit. Raises NotFound."""
    found = db.session.scalars(_LOCKED, {"id": membership_id}).first()
    if found is None:
        raise NotFound("membership")
    return found


def close(membership: Membership, *, on: date, reason: str, now: datetime) -> None:
    """End a locked membership on a local date, for a reason its row keeps.

    Its MRR ends with it, and its hold.
    """
    hold_moves.close_for(membership, on=on)
    membership.status = "ended"
    membership.ended_on = on
    membership.end_reason = reason
    membership.grace_until = None
    mrr.restate(membership, cause="ended", on=on, now=now)


def record(membership: Membership, action: str, *, by: Actor, now: datetime) -> None:
    """Write down in the audit journal what was done to a membership."""
    audit.record(
        actor=by,
        action=action,
        subject_type="membership",
        subject_id=membership.id,
        location_id=membership.location_id,
        facts={"status": membership.status, "ends_on": membership.ends_on},
        now=now,
    )
