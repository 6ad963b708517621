"""Holds: a plan rests for some days, asked for by its member, or by the desk for them.

Each verb locks the membership first, and leaves the fee to billing. Medical ones are asked for
and granted in `medical_holds`; what a day begins and ends is in `hold_days`.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from config.audit import Actor
from config.calendar import Period
from config.db import db
from config.errors import Refused
from membership.holds import hold_letters, hold_moves, hold_rows
from membership.holds.hold_steps import (
    add,
    begin,
    can_begin,
    drop,
    limits_of,
    record,
    require_running,
    thaw,
)
from membership.models import Hold, Membership
from membership.plans.membership_rows import locked
from membership.rules import holds as rules
from membership.rules.membership_status import REFUSALS, require


def ask(membership_id: UUID, *, span: Period, on: date, by: Actor, now: datetime) -> Hold:
    """Plan a hold on these days, and begin it at once if its first day is today.

    Raises Refused where the status, the plan's limits or another hold forbid it, Invalid where
    the days themselves do.
    """
    membership = locked(membership_id)
    require_allowed(membership, span=span, on=on)
    hold = add(membership, kind="regular", state="scheduled", span=span, by=by, now=now)
    record(hold, membership, "hold.planned", by=by, now=now)
    if can_begin(membership, hold, on=on):
        begin(membership, hold, by=by, now=now)
    hold_letters.planned(membership, hold, now=now)
    return hold


def require_allowed(membership: Membership, *, span: Period, on: date) -> None:
    """Raise what `ask` would raise; writes nothing."""
    require(membership.status, "hold_ask")
    rules.require_allowed(
        span, limits=limits_of(membership), earlier=hold_rows.counted(membership.id), on=on
    )
    if hold_rows.live_for(membership.id) is not None:
        raise rules.refuse("hold_planned")
    if membership.ends_on is not None and span.start >= membership.ends_on:
        raise rules.refuse("ends_before")


def extend(membership_id: UUID, *, until: date, by: Actor, now: datetime) -> tuple[Hold, int, UUID]:
    """Let a running hold last until, without, a later day.

    Returns it, how many days it had before, and the key of the act, which its fee names.
    """
    membership = locked(membership_id)
    hold = require_extension(membership, until=until)
    days_before = hold_rows.days_of(hold)
    hold_moves.move(membership, hold, days_before=days_before, days=(until - hold.start).days)
    hold.end = hold.planned_end = until
    db.session.flush()
    act_id = record(hold, membership, "hold.extended", by=by, now=now)
    hold_letters.planned(membership, hold, now=now)
    return hold, days_before, act_id


def require_extension(membership: Membership, *, until: date) -> Hold:
    """The running hold, if it may last until then. Raises Refused or Invalid."""
    hold = require_running(membership)
    if membership.arrears_since is not None:
        raise Refused("in_arrears", REFUSALS["in_arrears"])
    if until <= hold.end:
        raise rules.refuse("not_longer")
    limits = limits_of(membership)
    longer = Period(hold.start, until)
    rules.require_length(longer.days, limits=limits)
    others = [span for span in hold_rows.counted(membership.id) if span.start != hold.start]
    if rules.days_in_window([*others, longer], ending=until) > limits.max_days:
        raise rules.refuse("hold_too_much")
    return hold


def return_early(membership_id: UUID, *, on: date, by: Actor, now: datetime) -> Hold:
    """Be back on a local date, which is a day of access again; days not used move back."""
    membership = locked(membership_id)
    hold = require_running(membership)
    hold_moves.cut(membership, hold, on=on)
    thaw(membership, hold, on=on, now=now)
    record(hold, membership, "hold.returned", by=by, now=now)
    hold_letters.over(membership, hold, now=now)
    return hold


def call_off(membership_id: UUID, *, by: Actor, now: datetime) -> Hold:
    """Forget a hold that has not begun. Raises Refused("no_hold_planned")."""
    membership = locked(membership_id)
    hold = hold_rows.live_for(membership_id)
    if hold is None or hold.state != "scheduled":
        raise rules.refuse("no_hold_planned")
    drop(membership, hold, by=by, now=now)
    return hold
