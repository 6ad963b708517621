"""What a desk sees of one member, read in a fixed number of queries, however long they came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from locations.models import Location
from membership.front_desk.desk_rows import FoundRow, found_row
from membership.models import (
    CreditEntry,
    CreditGrant,
    Hold,
    Membership,
    Plan,
    PlanChange,
    PlanVersion,
    SignedDocument,
    Visit,
)
from membership.people import member_notes, members
from membership.people.member_notes import Note
from membership.people.member_search import Found
from membership.plans import plan_overview
from membership.plans.plan_overview import Conversion, PlanCard
from membership.rules.use_order import UseLine, order_of_use
from membership.rules.visit_values import CheckInPreview
from membership.visits import visit_rows, visits

LATEST = 5


@dataclass(frozen=True, slots=True)
class PlannedHold:
    """A hold that runs or is to come, on [start, end); why is nobody's business here."""

    running: bool
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """Another plan that waits for its day, or for its payment."""

    plan_name: str
    effective_on: date
    unpaid: bool


@dataclass(frozen=True, slots=True)
class LateVisit:
    """One of the latest visits; `what` says what was used."""

    id: UUID
    on: date
    place_name: str
    what: str
    undone: bool


@dataclass(frozen=True, slots=True)
class MemberCard:
    """All of it. `cleared` tells whether the waiver is signed, no more."""

    found: FoundRow
    standing: CheckInPreview
    uses: list[UseLine]
    plan: PlanCard | None
    conversion: Conversion | None
    hold: PlannedHold | None
    change: PlannedChange | None
    cleared: bool
    note: Note | None
    latest: list[LateVisit]


def card(member: Found, *, place: Location, on: date) -> MemberCard:
    """The card of a member at a studio's desk, on its date."""
    id_ = member.member_id
    standing = visits.preview(id_, location_id=place.id, on=on)
    sources = visit_rows.standings([id_], on=on)[id_].sources
    return MemberCard(
        found=found_row(member, standing),
        standing=standing,
        uses=order_of_use(sources, location_id=place.id, on=on),
        plan=plan_overview.plan(id_, on=on),
        conversion=plan_overview.conversion(id_, on=on),
        hold=_hold(id_),
        change=_change(id_),
        cleared=is_cleared(id_),
        note=member_notes.of_member(id_),
        latest=latest_visits(id_),
    )


def is_cleared(member_id: UUID) -> bool:
    """Whether the member has signed a waiver; what they answered is not for the desk."""
    signed = sa.select(SignedDocument.id).where(
        SignedDocument.member_id.in_(members.records_of(member_id)), SignedDocument.kind == "waiver"
    )
    return db.session.scalar(signed.limit(1)) is not None


def latest_visits(member_id: UUID, *, limit: int = LATEST) -> list[LateVisit]:
    """The newest visits, taken-back ones among them."""
    taken = (CreditEntry.visit_id == Visit.id) & (CreditEntry.kind == "redeem")
    rows = db.session.execute(
        sa.select(
            Visit.id,
            Visit.business_date,
            Location.name,
            sa.func.coalesce(CreditGrant.product, Plan.name),
            Visit.undone_at,
        )
        .join(Location, Location.id == Visit.location_id)
        .join(CreditEntry, taken, isouter=True)
        .join(CreditGrant, CreditGrant.id == CreditEntry.grant_id, isouter=True)
        .join(Membership, Membership.id == Visit.membership_id, isouter=True)
        .join(PlanVersion, PlanVersion.id == Membership.plan_version_id, isouter=True)
        .join(Plan, Plan.id == PlanVersion.plan_id, isouter=True)
        .where(Visit.member_id == member_id)
        .order_by(Visit.business_date.desc(), Visit.id.desc())
        .limit(limit)
    )
    return [
        LateVisit(id_, on, place, what or "", undone_at is not None)
        for id_, on, place, what, undone_at in rows
    ]


def _hold(member_id: UUID) -> PlannedHold | None:
    row = db.session.execute(
        sa.select(Hold.state, Hold.start, Hold.end)
        .join(Membership, Membership.id == Hold.membership_id)
        .where(Membership.member_id == member_id, Membership.status != "ended")
        .where(Hold.state.in_(("scheduled", "running")))
    ).first()
    return None if row is None else PlannedHold(row.state == "running", row.start, row.end)


def _change(member_id: UUID) -> PlannedChange | None:
    row = db.session.execute(
        sa.select(Plan.name, PlanChange.effective_on, PlanChange.state)
        .join(Membership, Membership.id == PlanChange.membership_id)
        .join(PlanVersion, PlanVersion.id == PlanChange.to_version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(Membership.member_id == member_id, Membership.status != "ended")
        .where(PlanChange.state.in_(("waiting", "pending")))
    ).first()
    if row is None:
        return None
    return PlannedChange(row.name, row.effective_on, row.state == "waiting")
