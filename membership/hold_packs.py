"""What a medical hold does to packs: windows and first-use deadlines move with its days."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from membership.models import CreditGrant, MemberPack


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
    ):
        if pack.state == "unopened" and pack.first_use_by and pack.first_use_by >= since:
            pack.first_use_by += later
            _move_credits(pack.id, later)
        elif pack.window_end and pack.window_end > since and _opened_before(pack, began_on):
            pack.window_end += later
            if pack.phase_end is not None:
                pack.phase_end += later
            _move_credits(pack.id, later)
    db.session.flush()


def _opened_before(pack: MemberPack, on: date) -> bool:
    return pack.opened_on is not None and pack.opened_on < on


def _move_credits(member_pack_id: UUID, later: timedelta) -> None:
    """A pack's sessions end with it, where they have an end of their own."""
    for grant in db.session.scalars(
        sa.select(CreditGrant).where(
            CreditGrant.source_id == member_pack_id,
            CreditGrant.source_type == "pack",
            CreditGrant.valid_until.is_not(None),
        )
    ):
        assert grant.valid_until is not None
        grant.valid_until += later
