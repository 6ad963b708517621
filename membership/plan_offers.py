"""One message, once, to whoever finished a starter and agreed to no plan."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from locations import places
from membership import notices
from membership.models import Consent, MemberPack, Membership, Notice, Pack, PackVersion
from membership.rules import notices as notice_rules

_OFFERED_FOR = timedelta(days=7)


def plan_offers(location_id: UUID, *, on: date) -> int:
    """Offer the plans on the day a window ended; how many messages were planned.

    Nobody who gave a consent hears it, nor who took one back, nor a member.
    """
    location = places.get(location_id)
    consented = sa.exists().where(Consent.member_pack_id == MemberPack.id)
    member_of = sa.exists().where(
        Membership.member_id == MemberPack.member_id, Membership.status != "ended"
    )
    told = sa.exists().where(Notice.source_id == MemberPack.id, Notice.kind == "plan_offer")
    ended = (
        sa.select(MemberPack)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(
            MemberPack.sold_at == location.id,
            MemberPack.state.in_(("open", "spent", "expired")),
            MemberPack.window_end <= on,
            MemberPack.window_end > on - _OFFERED_FOR,
            Pack.kind == "starter",
            ~consented,
            ~member_of,
            ~told,
        )
        .order_by(MemberPack.id)
    )
    packs = db.session.scalars(ended).all()
    for pack in packs:
        assert pack.window_end is not None
        notices.plan(
            member_id=pack.member_id,
            location_id=location.id,
            kind="plan_offer",
            source_id=pack.id,
            about_on=pack.window_end,
            leaves_at=notice_rules.leaves_at(pack.window_end, days_before=0, zone=location.zone),
            facts={},
        )
    return len(packs)
