"""What moves with the days of a hold: schedule, open period, unspent credits.

Only what is still open moves. Closed periods, their invoices and their credits stay as they are."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from membership.holds import hold_packs, hold_rows
from membership.holds.hold_rows import LIVE
from membership.models import Hold, Membership, PlanChange
from membership.rules import holds as rules
from membership.rules.changes import not_before
from membership.rules.holds import Anchor, Schedule


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
    waiting = hold_rows.of_plan(membership.id).where(Hold.state.in_((*LIVE, "asked")))
    for hold in db.session.scalars(waiting).all():
        if hold.state != "running":
            hold.state = "dropped"
            continue
        cut(membership, hold, on=on)


def cut(membership: Membership, hold: Hold, *, on: date) -> None:
    """End a running hold on a local date; what is left of its days moves back."""
    end = max(hold.start, min(hold.end, on))
    move(membership, hold, days_before=hold_rows.days_of(hold), days=(end - hold.start).days)
    hold.end = end
    hold.state = "ended"
    db.session.flush()


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
    period = hold_rows.open_period(membership)
    if period is None:
        return
    end = period.end + timedelta(days=later_days)
    if period.earned_until == period.end:  # nothing is left to earn by day, before as after
        period.earned_until = end
    period.end = end
    period.frozen_days += later_days
    db.session.flush()


def _move_credits(membership_id: UUID, *, since: date, later: timedelta) -> None:
    moving = hold_rows.unexpired_credits(membership_id, since=since).with_for_update()
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
