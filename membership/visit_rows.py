"""What a desk needs to know before a check-in, read for many members in three queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from membership import credit_rows
from membership.models import (
    CreditEntry,
    CreditGrant,
    MemberPack,
    Membership,
    Pack,
    PackVersion,
    Plan,
    PlanVersion,
    Visit,
)
from membership.rules.visits import HeldPlan, Source


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's credits and plan, and the latest check-in of the day."""

    sources: tuple[Source, ...]
    plan: HeldPlan | None
    last_today_at: datetime | None


def standings(member_ids: Collection[UUID], *, on: date) -> dict[UUID, Standing]:
    """How each member stands on a date; somebody who holds nothing has an empty standing."""
    used_today, last_at = _today(member_ids, on)
    sources = _sources(member_ids, used_today)
    plans = _plans(member_ids)
    return {
        id_: Standing(tuple(sources[id_]), plans.get(id_), last_at.get(id_)) for id_ in member_ids
    }


def _today(member_ids: Collection[UUID], on: date) -> tuple[frozenset[UUID], dict[UUID, datetime]]:
    """Grants a session of the date was taken from, and when each member last came."""
    taken = (CreditEntry.visit_id == Visit.id) & (CreditEntry.kind == "redeem")
    rows = db.session.execute(
        sa.select(Visit.member_id, Visit.at, CreditEntry.grant_id)
        .join(CreditEntry, taken, isouter=True)
        .where(Visit.member_id.in_(list(member_ids)))
        .where(Visit.business_date == on, Visit.undone_at.is_(None))
        .order_by(Visit.at)
    ).all()
    grants = frozenset(row.grant_id for row in rows if row.grant_id is not None)
    return grants, {row.member_id: row.at for row in rows}


def _sources(
    member_ids: Collection[UUID], used_today: frozenset[UUID]
) -> defaultdict[UUID, list[Source]]:
    of_pack = (CreditGrant.source_type == "pack") & (CreditGrant.source_id == MemberPack.id)
    rows = db.session.execute(
        sa.select(CreditGrant, MemberPack, Pack, Membership, Plan)
        .join(MemberPack, of_pack, isouter=True)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id, isouter=True)
        .join(Pack, Pack.id == PackVersion.pack_id, isouter=True)
        .join(Membership, Membership.id == CreditGrant.membership_id, isouter=True)
        .join(PlanVersion, PlanVersion.id == Membership.plan_version_id, isouter=True)
        .join(Plan, Plan.id == PlanVersion.plan_id, isouter=True)
        .where(CreditGrant.member_id.in_(list(member_ids)), CreditGrant.remaining > 0)
        .execution_options(populate_existing=True)
    )
    found: defaultdict[UUID, list[Source]] = defaultdict(list)
    for grant, pack, product, membership, plan in rows:
        found[grant.member_id].append(
            Source(
                credit=credit_rows.credit_of(grant),
                name=product.name if product else plan.name if plan else grant.product,
                quantity=grant.quantity,
                pack_id=pack.id if pack else None,
                pack_kind=product.kind if product else None,
                pack_state=pack.state if pack else None,
                membership_id=grant.membership_id,
                plan_status=membership.status if membership else None,
                used_today=grant.id in used_today,
            )
        )
    return found


def _plans(member_ids: Collection[UUID]) -> dict[UUID, HeldPlan]:
    rows = db.session.execute(
        sa.select(Membership, PlanVersion, Plan)
        .join(PlanVersion, PlanVersion.id == Membership.plan_version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(Membership.member_id.in_(list(member_ids)), Membership.status != "ended")
        .execution_options(populate_existing=True)
    )
    return {
        membership.member_id: HeldPlan(
            membership_id=membership.id,
            name=plan.name,
            status=membership.status,
            unlimited=version.allowance is None,
            begins=membership.period_start,
            ends_on=membership.ends_on,
        )
        for membership, version, plan in rows
    }
