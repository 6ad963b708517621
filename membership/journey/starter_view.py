"""What a member sees of their intensive phase: until when, what is left, and days without one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from membership.models import CreditGrant, MemberPack, Pack, PackVersion, Visit
from membership.rules import windows as rules
from membership.rules.packs import last_day
from membership.rules.windows import Gap


@dataclass(frozen=True, slots=True)
class StarterCard:
    """A starter whose phase goes on until `last_day`; `sold_at` sells its extensions."""

    pack_id: UUID
    sold_at: UUID
    last_day: date
    gap: Gap | None


def running(member_id: UUID, *, on: date) -> StarterCard | None:
    """The member's running starter, or none; in one query."""
    came = (
        sa.select(sa.func.max(Visit.business_date))
        .where(Visit.member_id == member_id, Visit.undone_at.is_(None))
        .scalar_subquery()
    )
    row = db.session.execute(
        sa.select(MemberPack, CreditGrant.remaining, came.label("came"))
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .join(
            CreditGrant,
            (CreditGrant.source_id == MemberPack.id) & (CreditGrant.source_type == "pack"),
        )
        .where(Pack.kind == "starter", MemberPack.state != "cancelled")
        .where(MemberPack.member_id == member_id, MemberPack.phase_end > on)
        .order_by(MemberPack.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    pack, left, last_came = row
    until = last_day(pack.phase_end)
    assert until is not None, "asked for in the query"
    return StarterCard(
        pack_id=pack.id,
        sold_at=pack.sold_at,
        last_day=until,
        gap=rules.gap(
            last_session_on=last_came, window_end=pack.window_end, sessions_left=left, on=on
        ),
    )
