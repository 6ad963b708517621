"""The packs of a member that staff may act on, as a page lists them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from locations.models import Location
from membership.models import CreditGrant, MemberPack, Pack, PackVersion
from membership.packs import windows
from membership.rules.packs import last_day

# An old pack is history: what expired longer ago is not brought back by a slip of the hand.
MOST = 20


@dataclass(frozen=True, slots=True)
class PackLine:
    """A sold pack: `last_day` is the last one on which it can be, or could have been, used."""

    id: UUID
    name: str
    kind: str
    place_name: str
    state: str
    left: int
    last_day: date | None
    phase_end: date | None


def of_member(member_id: UUID, *, sold_at: Collection[UUID]) -> list[PackLine]:
    """The newest paid packs of a member that were sold at these locations."""
    rows = db.session.execute(
        sa.select(MemberPack, Pack, Location.name, CreditGrant.remaining)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .join(Location, Location.id == MemberPack.sold_at)
        .join(
            CreditGrant,
            (CreditGrant.source_id == MemberPack.id) & (CreditGrant.source_type == "pack"),
        )
        .where(MemberPack.member_id == member_id, MemberPack.sold_at.in_(list(sold_at)))
        .order_by(MemberPack.id.desc())
        .limit(MOST)
        .execution_options(populate_existing=True)
    )
    return [
        PackLine(
            id=pack.id,
            name=product.name,
            kind=product.kind,
            place_name=place_name,
            state=pack.state,
            left=left,
            last_day=last_day(windows.end_of(pack)),
            phase_end=pack.phase_end,
        )
        for pack, product, place_name, left in rows
    ]
