"""Monthly recurring revenue over time: dated moves, never edited, whose sum is the MRR.

A plan counts from its first payment until it ends, at its member's home location, except
while it is on hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.ids import new_id
from membership.models import Membership, MrrMove, PlanVersion
from membership.people import members
from membership.rules import mrr as rules

Cause = Literal["started", "ended", "frozen", "resumed", "terms", "moved"]


def restate(membership: Membership, *, cause: Cause, on: date, now: datetime) -> None:
    """Write the moves that bring a membership's MRR to what it is after a change.

    Called behind the change, in its transaction; told twice, the second finds nothing to move.
    """
    stands = standing(membership.id)
    wanted = _wanted(membership, on)
    again = cause == "started" and _had_one_before(membership)
    for move in rules.moves(stands, wanted, cause=cause, again=again):
        db.session.add(
            MrrMove(
                id=new_id(),
                membership_id=membership.id,
                member_id=membership.member_id,
                location_id=move.location_id,
                kind=move.kind,
                occurred_on=on,
                delta_cents=move.delta_cents,
                delta_plans=_counts(wanted, move) - _counts(stands, move),
                currency=membership.currency,
                at=now,
            )
        )
    db.session.flush()


def standing(membership_id: UUID) -> dict[UUID, int]:
    """The MRR of a membership by location, in minor units a month; without those at zero."""
    total = sa.func.sum(MrrMove.delta_cents)
    rows = db.session.execute(
        sa.select(MrrMove.location_id, total)
        .where(MrrMove.membership_id == membership_id)
        .group_by(MrrMove.location_id)
        .having(total != 0)
    )
    return {location_id: int(cents) for location_id, cents in rows}


def _counts(there: Mapping[UUID, int], move: rules.Move) -> int:
    """Whether a plan counts where a move is: 1 or 0."""
    return int(bool(there.get(move.location_id)))


def _wanted(membership: Membership, on: date) -> dict[UUID, int]:
    if membership.status not in rules.COUNTED:
        return {}
    version = db.session.get_one(PlanVersion, membership.plan_version_id)
    cents = rules.monthly_cents(
        membership.price_cents,
        interval_count=version.interval_count,
        interval_unit=version.interval_unit,
    )
    home = members.home_at(membership.member_id, on) or membership.location_id
    return {home: cents} if cents else {}


def _had_one_before(membership: Membership) -> bool:
    earlier = sa.select(MrrMove.id).where(
        MrrMove.member_id == membership.member_id, MrrMove.membership_id != membership.id
    )
    return db.session.scalar(earlier.limit(1)) is not None
