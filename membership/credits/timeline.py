"""Where did my session go? Every movement of a member's sessions, told in one list, paged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from locations.models import Location
from membership.credits.comps import PRODUCT as COMP
from membership.models import (
    Charge,
    CreditEntry,
    CreditGrant,
    Membership,
    Pack,
    Plan,
    PlanVersion,
    Visit,
)
from membership.rules import timeline as rules

PAGE = 30


@dataclass(frozen=True, slots=True)
class Moment:
    """One line: `sessions` moved (negative: used or lost; none where nothing is counted)."""

    on: date
    text: str
    sessions: int | None
    what: str
    place_name: str
    reason: str | None
    undone: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list, the first being 1; `more` tells whether an older one follows."""

    moments: tuple[Moment, ...]
    number: int
    more: bool


def of_member(member_id: UUID, *, page: int) -> Page:
    """A page of everything that happened to the member's sessions, newest first; one query."""
    both = sa.union_all(_credits(member_id), _visits(member_id)).subquery()
    rows = db.session.execute(
        sa.select(both)
        .order_by(both.c.at.desc(), both.c.id.desc())
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    ).all()
    found = tuple(
        Moment(
            on=row.day,
            text=rules.text(row.kind),
            sessions=row.sessions,
            what=row.what,
            place_name=row.place,
            reason=rules.reason(row.kind, row.reason),
            undone=row.undone_at is not None,
        )
        for row in rows[:PAGE]
    )
    return Page(found, page, len(rows) > PAGE)


def _credits(member_id: UUID) -> sa.Select:
    """Movements that count; a revaluation that brings no session is the books' business."""
    place = sa.func.coalesce(Visit.location_id, CreditGrant.location_id)
    gift = sa.case((CreditGrant.product == COMP, "For free"), else_=CreditGrant.product)
    return (
        sa.select(
            CreditEntry.at.label("at"),
            CreditEntry.id.label("id"),
            CreditEntry.occurred_on.label("day"),
            sa.cast(CreditEntry.kind, sa.String(12)).label("kind"),
            CreditEntry.quantity.label("sessions"),
            sa.func.coalesce(Pack.name, Plan.name, gift).label("what"),
            Location.name.label("place"),
            CreditEntry.reason.label("reason"),
            sa.case((CreditEntry.kind == "redeem", Visit.undone_at)).label("undone_at"),
        )
        .join(CreditGrant, CreditGrant.id == CreditEntry.grant_id)
        .join(Visit, Visit.id == CreditEntry.visit_id, isouter=True)
        .join(Location, Location.id == place)
        .join(Pack, Pack.code == CreditGrant.product, isouter=True)
        .join(Plan, Plan.code == CreditGrant.product, isouter=True)
        .where(CreditGrant.member_id == member_id, CreditEntry.quantity != 0)
    )


def _visits(member_id: UUID) -> sa.Select:
    """Visits that took no session: on a plan by time, or beyond the allowance."""
    taken = sa.exists().where(CreditEntry.visit_id == Visit.id, CreditEntry.kind == "redeem")
    charged = sa.exists().where(Charge.source_id == Visit.id, Charge.kind == "overage")
    return (
        sa.select(
            Visit.at.label("at"),
            Visit.id.label("id"),
            Visit.business_date.label("day"),
            sa.cast(sa.case((charged, "extra"), else_="unlimited"), sa.String(12)).label("kind"),
            sa.cast(sa.null(), sa.Integer).label("sessions"),
            Plan.name.label("what"),
            Location.name.label("place"),
            sa.cast(sa.null(), sa.String(200)).label("reason"),
            Visit.undone_at.label("undone_at"),
        )
        .join(Location, Location.id == Visit.location_id)
        .join(Membership, Membership.id == Visit.membership_id)
        .join(PlanVersion, PlanVersion.id == Membership.plan_version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(Visit.member_id == member_id, ~taken)
    )
