"""Members whose new home begins: their plans count as revenue of that studio from then on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.db import db
from membership.models import MemberHome, Membership, MrrMove
from membership.mrr import mrr
from membership.plans.membership_rows import locked

_LOOK_BACK = timedelta(days=62)  # a home that began while the clock was down is found again


def homes_begin(location_id: UUID, *, on: date, now: datetime) -> int:
    """Count plans here whose members' home begins here by `on`; returns how many were looked at."""
    rows = db.session.execute(BEGINNING, {"location": location_id, "on": on, "since": since(on)})
    found = rows.all()
    for membership_id, effective_from in found:
        mrr.restate(locked(membership_id), cause="moved", on=effective_from, now=now)
    return len(found)


def since(on: date) -> date:
    """How far back a day looks for homes that have begun."""
    return on - _LOOK_BACK


_later = aliased(MemberHome)
BEGINNING = (
    sa.select(Membership.id, MemberHome.effective_from)
    .join(MemberHome, MemberHome.member_id == Membership.member_id)
    .where(
        MemberHome.location_id == sa.bindparam("location"),
        MemberHome.effective_from <= sa.bindparam("on"),
        MemberHome.effective_from > sa.bindparam("since"),
        Membership.status != "ended",
        sa.exists().where(
            MrrMove.membership_id == Membership.id,
            MrrMove.location_id != MemberHome.location_id,
        ),
        ~sa.exists().where(
            MrrMove.membership_id == Membership.id,
            MrrMove.location_id == MemberHome.location_id,
            MrrMove.kind == "moved_in",
            MrrMove.occurred_on >= MemberHome.effective_from,
        ),
        ~sa.exists().where(
            _later.member_id == MemberHome.member_id,
            _later.effective_from > MemberHome.effective_from,
            _later.effective_from <= sa.bindparam("on"),
        ),
    )
    .order_by(Membership.id)
)
