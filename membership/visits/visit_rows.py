"""Visits as rows, and what a desk needs to know before one: for many members, three queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import NotFound, Refused
from config.ids import new_id
from membership.credits import credit_rows
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
from membership.rules import membership_status
from membership.rules.visit_values import HeldPlan, Source

KEY_USED = "This check-in was sent before, for another visit."


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's credits and plan, and the check-ins of the day, taken-back ones counted too."""

    sources: tuple[Source, ...]
    plan: HeldPlan | None
    last_today_at: datetime | None
    visits_today: int


# Built once: every check-in asks these.
_MEMBERS = sa.bindparam("members", expanding=True)
_TODAY = (
    sa.select(Visit.member_id, Visit.at, Visit.undone_at, CreditEntry.grant_id)
    .join(
        CreditEntry,
        (CreditEntry.visit_id == Visit.id) & (CreditEntry.kind == "redeem"),
        isouter=True,
    )
    .where(Visit.member_id.in_(_MEMBERS), Visit.business_date == sa.bindparam("on"))
    .order_by(Visit.at, Visit.id)
)
_SOURCES = (
    sa.select(CreditGrant, MemberPack, Pack, Membership, Plan)
    .join(
        MemberPack,
        (CreditGrant.source_type == "pack") & (CreditGrant.source_id == MemberPack.id),
        isouter=True,
    )
    .join(PackVersion, PackVersion.id == MemberPack.pack_version_id, isouter=True)
    .join(Pack, Pack.id == PackVersion.pack_id, isouter=True)
    .join(Membership, Membership.id == CreditGrant.membership_id, isouter=True)
    .join(PlanVersion, PlanVersion.id == Membership.plan_version_id, isouter=True)
    .join(Plan, Plan.id == PlanVersion.plan_id, isouter=True)
    .where(CreditGrant.member_id.in_(_MEMBERS), CreditGrant.remaining > 0)
    .execution_options(populate_existing=True)
)
_PLANS = (
    sa.select(Membership, PlanVersion, Plan)
    .join(PlanVersion, PlanVersion.id == Membership.plan_version_id)
    .join(Plan, Plan.id == PlanVersion.plan_id)
    .where(Membership.member_id.in_(_MEMBERS), Membership.status != "ended")
    .execution_options(populate_existing=True)
)


def get(visit_id: UUID) -> Visit:
    """The visit. Raises NotFound."""
    found = db.session.get(Visit, visit_id)
    if found is None:
        raise NotFound("visit")
    return found


def by_key(request_key: str | None, *, member_id: UUID, location_id: UUID) -> Visit | None:
    """The visit that this press of the button led to already; Refused where it was another's."""
    if request_key is None:
        return None
    found = db.session.scalar(sa.select(Visit).where(Visit.request_key == request_key))
    if found is not None and (found.member_id, found.location_id) != (member_id, location_id):
        raise Refused("request_key_used", KEY_USED)
    return found


def add(
    member_id: UUID,
    *,
    location_id: UUID,
    on: date,
    membership_id: UUID | None,
    by_account_id: UUID | None,
    request_key: str | None,
    now: datetime,
) -> Visit:
    """Write a check-in down; `membership_id` is that of a plan without a credit for it."""
    visit = Visit(
        id=new_id(),
        member_id=member_id,
        location_id=location_id,
        business_date=on,
        at=now,
        by_account_id=by_account_id,
        membership_id=membership_id,
        request_key=request_key,
    )
    db.session.add(visit)
    db.session.flush()
    return visit


def standings(member_ids: Collection[UUID], *, on: date) -> dict[UUID, Standing]:
    """How each member stands on a date; somebody who holds nothing has an empty standing."""
    today = _today(member_ids, on)
    came = [visit for visit in today if visit.undone_at is None]
    last_at = {visit.member_id: visit.at for visit in came}
    sources = _sources(member_ids, frozenset(visit.grant_id for visit in came), on)
    plans = _plans(member_ids, on)
    times = Counter(visit.member_id for visit in today)
    return {
        id_: Standing(tuple(sources[id_]), plans.get(id_), last_at.get(id_), times[id_])
        for id_ in member_ids
    }


def _today(member_ids: Collection[UUID], on: date) -> Sequence[sa.Row]:
    """The visits of the date, oldest first, with the grant each was taken from, if any."""
    return db.session.execute(_TODAY, {"members": list(member_ids), "on": on}).all()


def _sources(
    member_ids: Collection[UUID], used_today: frozenset[UUID | None], on: date
) -> defaultdict[UUID, list[Source]]:
    rows = db.session.execute(_SOURCES, {"members": list(member_ids)})
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
                plan_status=_status(membership, on) if membership else None,
                used_today=grant.id in used_today,
                disputed=_disputed(pack or membership),
            )
        )
    return found


def _plans(member_ids: Collection[UUID], on: date) -> dict[UUID, HeldPlan]:
    rows = db.session.execute(_PLANS, {"members": list(member_ids)})
    return {
        membership.member_id: HeldPlan(
            membership_id=membership.id,
            name=plan.name,
            status=_status(membership, on),
            unlimited=version.allowance is None,
            begins=membership.period_start,
            ends_on=membership.ends_on,
            disputed=_disputed(membership),
        )
        for membership, version, plan in rows
    }


def _status(membership: Membership, on: date) -> str:
    return membership_status.on_date(membership.status, ends_on=membership.ends_on, on=on)


def _disputed(held: MemberPack | Membership | None) -> bool:
    return held is not None and held.disputed_on is not None
