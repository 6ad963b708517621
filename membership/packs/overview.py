"""What a member sees of their packs, read in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from locations.models import Location
from membership.models import CreditGrant, MemberPack, Pack, PackVersion


@dataclass(frozen=True, slots=True)
class PackCard:
    """A pack with sessions to use, or whose window is still open; `valid_until` is its last day."""

    name: str
    place_name: str
    left: int
    of: int
    opened: bool
    valid_until: date | None
    first_use_by: date | None
    pack_id: UUID


def packs(member_id: UUID, *, on: date) -> list[PackCard]:
    """Packs that can still be used, or whose days are not over, newest first."""
    rows = db.session.execute(
        sa.select(MemberPack, Pack.name, CreditGrant, Location.name)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .join(Location, Location.id == MemberPack.sold_at)
        .join(
            CreditGrant,
            sa.and_(CreditGrant.source_id == MemberPack.id, CreditGrant.source_type == "pack"),
        )
        .where(
            MemberPack.member_id == member_id,
            MemberPack.state.in_(("unopened", "open", "spent")),
            sa.or_(MemberPack.state != "spent", MemberPack.window_end > on),
        )
        .order_by(MemberPack.id.desc())
    )
    return [
        PackCard(
            name=name,
            place_name=place,
            left=grant.remaining,
            of=grant.quantity,
            opened=pack.opened_on is not None,
            valid_until=last_day(pack.window_end),
            first_use_by=pack.first_use_by,
            pack_id=pack.id,
        )
        for pack, name, grant, place in rows
    ]


def last_day(end: date | None) -> date | None:
    """The day before an open end, as people say it."""
    return None if end is None else end - timedelta(days=1)
