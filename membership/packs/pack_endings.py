"""Packs whose time runs out: their owners are warned, then what is left expires."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from locations import places
from membership.credits import credit_endings
from membership.models import CreditGrant, MemberPack, Pack, PackVersion
from membership.notices import notices
from membership.rules import notices as notice_rules
from membership.rules import pack_status
from membership.rules import packs as rules

# Built once: a location asks these every minute, and most often finds nothing.
ENDING = (
    sa.select(MemberPack)
    .where(
        MemberPack.sold_at == sa.bindparam("location"),
        ((MemberPack.state == "open") & (MemberPack.window_end <= sa.bindparam("on")))
        | ((MemberPack.state == "unopened") & (MemberPack.first_use_by < sa.bindparam("on"))),
    )
    .order_by(MemberPack.id)
    .execution_options(populate_existing=True)
)
# Open packs with sessions left, whose window closes within the warned days.
CLOSING: sa.Select = (
    sa.select(MemberPack, CreditGrant, Pack)
    .join(
        CreditGrant,
        (CreditGrant.source_id == MemberPack.id) & (CreditGrant.source_type == "pack"),
    )
    .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
    .join(Pack, Pack.id == PackVersion.pack_id)
    .where(MemberPack.sold_at == sa.bindparam("location"), MemberPack.state == "open")
    .where(MemberPack.window_end > sa.bindparam("on"))
    .where(MemberPack.window_end <= sa.bindparam("warned_until"))
    .where(CreditGrant.remaining > 0)
    .order_by(MemberPack.id)
)


def asked(location_id: UUID, *, on: date) -> dict[str, Any]:
    """What the queries of this module are asked with, on a business date."""
    warned_until = rules.warned_on(on, -max(rules.WARNED_DAYS_BEFORE))
    return {"location": location_id, "on": on, "warned_until": warned_until}


def expire_due(location_id: UUID, *, on: date, now: datetime, limit: int) -> int:
    """Expire up to `limit` packs sold here whose window, or time for a first use, is over.

    Their credits expire with them, once; returns how many packs did.
    """
    over = ENDING.limit(limit).with_for_update(skip_locked=True)
    packs = db.session.scalars(over, asked(location_id, on=on)).all()
    if not packs:
        return 0
    credit_endings.expire_many(_locked_grants(packs), on=on, now=now)
    for pack in packs:
        event = "window_end" if pack.state == "open" else "first_use_deadline"
        pack.state = pack_status.require(pack.state, event)
    db.session.flush()
    return len(packs)


def window_warnings(location_id: UUID, *, on: date) -> int:
    """Plan the letters three days and one day before a window with sessions left closes.

    They leave at 08:00 on the location's wall; planned twice is planned once. Returns how many
    packs stand before their end today.
    """
    zone = places.get(location_id).zone
    planned = 0
    closing = db.session.execute(CLOSING, asked(location_id, on=on)).all()
    for pack, grant, product in closing:
        days = rules.warning_due(pack.window_end, on=on)
        if days is None:
            continue
        notices.plan(
            member_id=pack.member_id,
            location_id=location_id,
            kind=f"window_{days}",
            source_id=pack.id,
            about_on=pack.window_end,
            leaves_at=notice_rules.leaves_at(pack.window_end, days_before=days, zone=zone),
            facts={
                "pack": product.name,
                "sessions_left": grant.remaining,
                "window_end": pack.window_end.isoformat(),
            },
        )
        planned += 1
    return planned


def _locked_grants(packs: Sequence[MemberPack]) -> Sequence[CreditGrant]:
    query = (
        sa.select(CreditGrant)
        .where(CreditGrant.source_type == "pack")
        .where(CreditGrant.source_id.in_([pack.id for pack in packs]))
        .order_by(CreditGrant.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()
