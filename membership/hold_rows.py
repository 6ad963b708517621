"""Holds as rows, and what moves with their days: schedule, open period, unspent credits.

Only what is still open moves. Closed periods, their invoices and their credits stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from config.calendar import Period
from config.db import db
from config.errors import NotFound
from membership import hold_packs
from membership.models import CreditGrant, Hold, Membership, MembershipPeriod, PlanChange
from membership.rules import holds as rules
from membership.rules.changes import not_before
from membership.rules.holds import Anchor, Schedule

LIVE = ("scheduled", "running")


def live_for(membership_id: UUID) -> Hold | None:
    """The plan's hold that is planned or running; there is at most one."""
    return db.session.scalars(_of(membership_id).where(Hold.state.in_(LIVE))).first()


def running_for(membership_id: UUID) -> Hold | None:
    """The hold the plan is on."""
    return db.session.scalars(_of(membership_id).where(Hold.state == "running")).first()


def read(hold_id: UUID) -> Hold:
    """A hold, read anew once its membership is locked. Raises NotFound."""
    query = sa.select(Hold).where(Hold.id == hold_id).execution_options(populate_existing=True)
    found = db.session.scalars(query).first()
    if found is None:
        raise NotFound("hold")
    return found


def counted(membership_id: UUID) -> list[Period]:
    """The days that count against the plan's limit: medical holds and dropped ones do not."""
    query = _of(membership_id).where(Hold.kind == "regular", Hold.state.in_((*LIVE, "ended")))
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


def move(membership: Membership, hold: Hold, *, days_before: int, days: int) -> None:
    """Let a locked membership stand `days` later for this hold, instead of `days_before`.

    The hold keeps the anchor from before it. Moves the schedule, the end, the open period, the
    unspent credits of the plan, a change that waits for the renewal, and on a medical hold packs.
    """
    if days == days_before:
        return
    was = _was(membership, hold)
    later = timedelta(days=days - days_before)
    now = rules.moved(_schedule(membership), was=was, days_before=days_before, days=days)
    membership.anchor, membership.anchor_day, membership.anchor_n = now.anchor
    membership.next_due_on = now.next_due_on
    if membership.period_end is not None:
        membership.period_end += later
    if membership.ends_on is not None:
        membership.ends_on += later
    if membership.committed_until is not None and membership.committed_until > hold.start:
        membership.committed_until += later
    _move_period(membership, later.days)
    _move_credits(membership.id, since=hold.start + timedelta(days=days_before), later=later)
    _move_change(membership)
    if hold.kind == "medical":
        since = hold.start + timedelta(days=days_before)
        hold_packs.move(membership.member_id, hold.start, since=since, later=later)
    db.session.flush()


def close_for(membership: Membership, *, on: date) -> None:
    """A plan that ends takes its hold with it: cut short on a local date, or never begun."""
    waiting = _of(membership.id).where(Hold.state.in_((*LIVE, "asked")))
    for hold in db.session.scalars(waiting).all():
        if hold.state != "running":
            hold.state = "dropped"
            continue
        cut(membership, hold, on=on)


def cut(membership: Membership, hold: Hold, *, on: date) -> None:
    """End a running hold on a local date; what is left of its days moves back."""
    end = max(hold.start, min(hold.end, on))
    move(membership, hold, days_before=days_of(hold), days=(end - hold.start).days)
    hold.end = end
    hold.state = "ended"
    db.session.flush()


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


def _of(membership_id: UUID) -> sa.Select[Hold]:
    query = sa.select(Hold).where(Hold.membership_id == membership_id)
    return query.order_by(Hold.id).execution_options(populate_existing=True)


def _was(membership: Membership, hold: Hold) -> Anchor:
    """The anchor from before the hold, written down when it first moves something."""
    if hold.was_anchor is None or hold.was_anchor_day is None or hold.was_anchor_n is None:
        hold.was_anchor = membership.anchor
        hold.was_anchor_day = membership.anchor_day
        hold.was_anchor_n = membership.anchor_n
    return Anchor(hold.was_anchor, hold.was_anchor_day, hold.was_anchor_n)


def _schedule(membership: Membership) -> Schedule:
    anchor = Anchor(membership.anchor, membership.anchor_day, membership.anchor_n)
    return Schedule(anchor, membership.next_n, membership.next_due_on)


def _move_period(membership: Membership, later_days: int) -> None:
    period = open_period(membership)
    if period is None:
        return
    end = period.end + timedelta(days=later_days)
    if period.earned_until == period.end:  # nothing is left to earn by day, before as after
        period.earned_until = end
    period.end = end
    period.frozen_days += later_days
    db.session.flush()


def _move_credits(membership_id: UUID, *, since: date, later: timedelta) -> None:
    moving = unexpired_credits(membership_id, since=since).with_for_update()
    for grant in db.session.scalars(moving).all():
        grant.valid_until = grant.valid_until + later if grant.valid_until else None
        if grant.rolls_on is not None and grant.rolls_on >= since:
            grant.rolls_on += later
    db.session.flush()


def _move_change(membership: Membership) -> None:
    """What waits for the renewal waits for its new date."""
    waiting = sa.select(PlanChange).where(
        PlanChange.membership_id == membership.id, PlanChange.state == "pending"
    )
    for change in db.session.scalars(waiting).all():
        bound = not_before(change.facts)
        change.effective_on = max(membership.next_due_on, bound or membership.next_due_on)
    db.session.flush()
