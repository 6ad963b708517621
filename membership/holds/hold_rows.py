"""Holds as rows: the one that is live, the days that count, and what their plan has open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.calendar import Period
from config.db import db
from config.errors import NotFound
from membership.models import CreditGrant, Hold, Membership, MembershipPeriod

LIVE = ("scheduled", "running")


def live_for(membership_id: UUID) -> Hold | None:
    """The plan's hold that is planned or running; there is at most one."""
    return db.session.scalars(of_plan(membership_id).where(Hold.state.in_(LIVE))).first()


def running_for(membership_id: UUID) -> Hold | None:
    """The hold the plan is on."""
    return db.session.scalars(of_plan(membership_id).where(Hold.state == "running")).first()


def read(hold_id: UUID) -> Hold:
    """A hold, read anew once its membership is locked. Raises NotFound."""
    query = sa.select(Hold).where(Hold.id == hold_id).execution_options(populate_existing=True)
    found = db.session.scalars(query).first()
    if found is None:
        raise NotFound("hold")
    return found


def counted(membership_id: UUID) -> list[Period]:
    """The days that count against the plan's limit: medical holds and dropped ones do not."""
    query = of_plan(membership_id).where(Hold.kind == "regular", Hold.state.in_((*LIVE, "ended")))
    return [Period(hold.start, hold.end) for hold in db.session.scalars(query)]


def frozen_within(periods: Collection[MembershipPeriod]) -> dict[UUID, list[Period]]:
    """The days on hold of each period, by its id; most periods have none and ask nothing."""
    none: dict[UUID, list[Period]] = {period.id: [] for period in periods}
    return none | all_within([period for period in periods if period.frozen_days])


def all_within(periods: Collection[MembershipPeriod]) -> dict[UUID, list[Period]]:
    """The same, asked for every one of them."""
    if not periods:
        return {}
    query = (
        sa.select(Hold.membership_id, Hold.start, Hold.end)
        .where(
            Hold.membership_id.in_({period.membership_id for period in periods}),
            Hold.state.in_(("running", "ended")),
        )
        .order_by(Hold.start, Hold.id)
    )
    rows = db.session.execute(query).all()
    return {
        period.id: [
            Period(start, end)
            for membership_id, start, end in rows
            if membership_id == period.membership_id and period.start <= start < period.end
        ]
        for period in periods
    }


def days_of(hold: Hold) -> int:
    """How many local days it lasts."""
    return (hold.end - hold.start).days


def open_period(membership: Membership) -> MembershipPeriod | None:
    """The newest period that was issued, locked: the only one that moves."""
    query = (
        sa.select(MembershipPeriod)
        .where(
            MembershipPeriod.membership_id == membership.id,
            MembershipPeriod.n == membership.next_n - 1,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).first()


def unexpired_credits(membership_id: UUID, *, since: date) -> sa.Select[CreditGrant]:
    """Credits of the plan whose days are not over on a date, sorted by key."""
    query = sa.select(CreditGrant).where(
        CreditGrant.membership_id == membership_id,
        CreditGrant.source_type == "period",
        CreditGrant.state != "void",
        CreditGrant.valid_until > since,
    )
    return query.order_by(CreditGrant.id).execution_options(populate_existing=True)


def of_plan(membership_id: UUID) -> sa.Select[Hold]:
    """Every hold of a plan, the oldest first, read anew."""
    query = sa.select(Hold).where(Hold.membership_id == membership_id)
    return query.order_by(Hold.id).execution_options(populate_existing=True)
