"""Packs whose time runs out: their owners are warned, then what is left expires."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from locations import places
from membership import credits, notices
from membership.models import CreditGrant, MemberPack, Pack, PackVersion
from membership.rules import notices as notice_rules
from membership.rules import pack_status
from membership.rules import packs as rules


def expire_due(location_id: UUID, *, on: date, now: datetime, limit: int) -> int:
    """Expire up to `limit` packs sold here whose window, or time for a first use, is over.

    Their credits expire with them, once; returns how many packs did.
    """
    over = (MemberPack.state == "open") & (MemberPack.window_end <= on)
    never_used = (MemberPack.state == "unopened") & (MemberPack.first_use_by < on)
    query = (
        sa.select(MemberPack)
        .where(MemberPack.sold_at == location_id, over | never_used)
        .order_by(MemberPack.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    packs = db.session.scalars(query).all()
    if not packs:
        return 0
    credits.expire_many(_locked_grants(packs), on=on, now=now)
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
    for pack, grant, product in db.session.execute(_closing(location_id, on)).all():
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


def _closing(location_id: UUID, on: date) -> sa.Select:
    """Open packs sold here, with sessions left, whose window closes within the warned days."""
    horizon = rules.warned_on(on, -max(rules.WARNED_DAYS_BEFORE))
    return (
        sa.select(MemberPack, CreditGrant, Pack)
        .join(
            CreditGrant,
            (CreditGrant.source_id == MemberPack.id) & (CreditGrant.source_type == "pack"),
        )
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(MemberPack.sold_at == location_id, MemberPack.state == "open")
        .where(MemberPack.window_end > on, MemberPack.window_end <= horizon)
        .where(CreditGrant.remaining > 0)
        .order_by(MemberPack.id)
    )
