"""What a medical hold does to packs: windows and first-use deadlines move with its days."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from membership.models import MemberPack
from membership.packs import windows


def move(member_id: UUID, began_on: date, *, since: date, later: timedelta) -> None:
    """Move what a member's packs still have, as it stands from `since` on, by some days.

    A pack opened while the hold ran has a window of its own, which stays as it is.
    """
    for pack in db.session.scalars(
        sa.select(MemberPack)
        .where(MemberPack.member_id == member_id, MemberPack.state.in_(("unopened", "open")))
        .order_by(MemberPack.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all():
        end = windows.end_of(pack)
        if end is None or end <= since:
            continue
        if pack.state == "unopened" or _opened_before(pack, began_on):
            windows.shift(pack, days=later.days)


def _opened_before(pack: MemberPack, on: date) -> bool:
    return pack.opened_on is not None and pack.opened_on < on
