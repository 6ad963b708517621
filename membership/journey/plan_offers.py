"""One message, once, to whoever finished a starter and agreed to no plan."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from locations import places
from membership.models import Consent, MemberPack, Membership, Notice, Pack, PackVersion
from membership.notices import notices
from membership.rules import notices as notice_rules

_OFFERED_FOR = timedelta(days=7)
# Built once: starters that ended, of people who agreed to nothing, hold nothing and were not told.
ENDED = (
    sa.select(MemberPack)
    .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
    .join(Pack, Pack.id == PackVersion.pack_id)
    .where(
        MemberPack.sold_at == sa.bindparam("location"),
        MemberPack.state.in_(("open", "spent", "expired")),
        MemberPack.phase_end <= sa.bindparam("on"),
        MemberPack.phase_end > sa.bindparam("offered_since"),
        Pack.kind == "starter",
        ~sa.exists().where(Consent.member_pack_id == MemberPack.id),
        ~sa.exists().where(
            Membership.member_id == MemberPack.member_id, Membership.status != "ended"
        ),
        ~sa.exists().where(Notice.source_id == MemberPack.id, Notice.kind == "plan_offer"),
    )
    .order_by(MemberPack.id)
)


def asked(location_id: UUID, *, on: date) -> dict[str, Any]:
    """What the query of this module is asked with, on a business date."""
    return {"location": location_id, "on": on, "offered_since": on - _OFFERED_FOR}


def plan_offers(location_id: UUID, *, on: date) -> int:
    """Offer the plans on the day an intensive phase ended; how many messages were planned.

    Nobody who gave a consent hears it, nor who took one back, nor a member.
    """
    location = places.get(location_id)
    packs = db.session.scalars(ENDED, asked(location.id, on=on)).all()
    for pack in packs:
        assert pack.phase_end is not None
        notices.plan(
            member_id=pack.member_id,
            location_id=location.id,
            kind="plan_offer",
            source_id=pack.id,
            about_on=pack.phase_end,
            leaves_at=notice_rules.leaves_at(pack.phase_end, days_before=0, zone=location.zone),
            facts={},
        )
    return len(packs)
