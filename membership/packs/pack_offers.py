"""Which packs are for a member today, and why another is not; to be shown, not to be relied on.

The sale itself asks again, with the member held (`packs.open_draft`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import Refused
from membership.models import MemberPack, Membership, Pack, PackVersion
from membership.rules import packs as rules
from membership.rules.catalog import PACK_KINDS, PackKind
from membership.rules.packs import Buyer, Starter


def refusals(member_id: UUID, *, on: date) -> Mapping[PackKind, str | None]:
    """For each kind of pack, why it is not for this member on a date; none where it is."""
    buyer = _buyer(member_id)
    return {kind: _refusal(kind, buyer, on) for kind in PACK_KINDS}


def _refusal(kind: PackKind, buyer: Buyer, on: date) -> str | None:
    try:
        rules.require_may_buy(kind, buyer, on=on)
    except Refused as refused:
        return refused.message
    return None


def _buyer(member_id: UUID) -> Buyer:
    """As far as the member's own record tells; other records are asked at the sale alone."""
    starter = db.session.execute(
        sa.select(MemberPack.state, MemberPack.phase_end)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(Pack.kind == "starter", MemberPack.member_id == member_id)
        .where(MemberPack.purchased_on.is_not(None))
        .order_by(MemberPack.id.desc())
        .limit(1)
    ).first()
    plan = db.session.execute(
        sa.select(Membership.status, Membership.ended_on)
        .where(Membership.member_id == member_id)
        .order_by(Membership.id.desc())
        .limit(1)
    ).first()
    return Buyer(
        had_starter=starter is not None,
        starter=Starter(starter.state, starter.phase_end) if starter else None,
        plan_status=plan.status if plan else None,
        plan_ended_on=plan.ended_on if plan else None,
    )
