"""Visits: a member is checked in at a location, on that location's date, or taken back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import Refused
from locations import places
from membership.credits import credits
from membership.models import (
    Charge,
    CreditEntry,
    CreditGrant,
    Member,
    Membership,
    Plan,
    PlanVersion,
    Visit,
)
from membership.packs import pack_rows, packs
from membership.people import members
from membership.rules import visits as rules
from membership.rules.visit_values import CheckInPreview
from membership.visits import visit_rows
from membership.visits.visit_rows import Standing


@dataclass(frozen=True, slots=True)
class DeskVisit:
    """A check-in as the desk's list of the day shows it; `what` says what was used.

    `charged` where it was an extra session with a price of its own.
    """

    id: UUID
    member_id: UUID
    name: str
    at: datetime
    what: str
    undone: bool
    charged: bool


def preview(member_id: UUID, *, location_id: UUID, on: date) -> CheckInPreview:
    """What checking in here on this date would do; nothing is written."""
    return previews([member_id], location_id=location_id, on=on)[member_id]


def previews(
    member_ids: Collection[UUID], *, location_id: UUID, on: date
) -> dict[UUID, CheckInPreview]:
    """The same for a list of members, in as many queries as for one."""
    return {
        member_id: _decided(member_id, standing, location_id, on)
        for member_id, standing in visit_rows.standings(member_ids, on=on).items()
    }


def check_in(
    member_id: UUID,
    *,
    location_id: UUID,
    by_account_id: UUID | None,
    request_key: str | None,
    now: datetime,
) -> Visit:
    """Let the member in and take the session from what the preview names.

    The same `request_key` again is the same visit. Raises Refused with the preview's code.
    """
    members.lock(member_id)
    earlier = visit_rows.by_key(request_key, member_id=member_id, location_id=location_id)
    if earlier is not None:
        return earlier
    on = places.business_date(places.get(location_id), now)
    chosen = preview(member_id, location_id=location_id, on=on)
    if not chosen.allowed:
        raise Refused(chosen.code, chosen.reason)
    visit = visit_rows.add(
        member_id,
        location_id=location_id,
        on=on,
        membership_id=chosen.membership_id,
        by_account_id=by_account_id,
        request_key=request_key,
        now=now,
    )
    if chosen.grant_id is not None:
        _take(visit, chosen.grant_id, chosen.pack_id, now)
    return visit


def today(location_id: UUID, on: date, *, limit: int = 50) -> list[DeskVisit]:
    """The latest check-ins of a location's date, newest first, taken-back ones among them."""
    taken = (CreditEntry.visit_id == Visit.id) & (CreditEntry.kind == "redeem")
    rows = db.session.execute(
        sa.select(Visit, Member.name, sa.func.coalesce(CreditGrant.product, Plan.name), Charge.id)
        .join(Member, Member.id == Visit.member_id)
        .join(CreditEntry, taken, isouter=True)
        .join(CreditGrant, CreditGrant.id == CreditEntry.grant_id, isouter=True)
        .join(Membership, Membership.id == Visit.membership_id, isouter=True)
        .join(PlanVersion, PlanVersion.id == Membership.plan_version_id, isouter=True)
        .join(Plan, Plan.id == PlanVersion.plan_id, isouter=True)
        .join(Charge, (Charge.source_id == Visit.id) & (Charge.kind == "overage"), isouter=True)
        .where(Visit.location_id == location_id, Visit.business_date == on)
        .order_by(Visit.at.desc(), Visit.id.desc())
        .limit(limit)
    )
    return [
        DeskVisit(
            id=visit.id,
            member_id=visit.member_id,
            name=name,
            at=visit.at,
            what=what or "",
            undone=visit.undone_at is not None,
            charged=charge_id is not None,
        )
        for visit, name, what, charge_id in rows
    ]


def _decided(member_id: UUID, standing: Standing, location_id: UUID, on: date) -> CheckInPreview:
    found = rules.decide(
        standing.sources,
        standing.plan,
        location_id=location_id,
        on=on,
        last_today_at=standing.last_today_at,
    )
    key = rules.request_key(
        member_id, location_id=location_id, on=on, earlier_visits=standing.visits_today
    )
    return replace(found, request_key=key)


def _take(visit: Visit, grant_id: UUID, pack_id: UUID | None, now: datetime) -> None:
    pack = pack_rows.locked(pack_id) if pack_id else None
    credits.redeem(
        grant_id,
        visit_id=visit.id,
        location_id=visit.location_id,
        on=visit.business_date,
        now=now,
    )
    if pack is not None:
        grant = db.session.get_one(CreditGrant, grant_id, populate_existing=True)
        packs.used(pack, grant, on=visit.business_date)
