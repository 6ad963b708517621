"""Invariants of holds; read-only, each violation a sentence that says nothing of why."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import sqlalchemy as sa

from config.db import db
from config.doctor import Doctor, breach
from membership.holds import hold_rows
from membership.models import Hold, Membership, MembershipPeriod, Visit

_TAKEN = ("running", "ended")


def register(doctor: Doctor) -> None:
    """Add what holds promise."""
    doctor.register("H1", "a plan rests while its hold runs, and only then", *_RESTS)
    doctor.register("H2", "an open period lasts longer by its days on hold", _days_are_given_back)
    doctor.register("B6-hold", "no period begins in a hold", _none_begins_in_a_hold)
    doctor.register("E3-hold", "nobody used a plan that was on hold", _nobody_came)


def _running() -> sa.Exists:
    return sa.exists().where(Hold.membership_id == Membership.id, Hold.state == "running")


@breach(lambda row: f"membership {row.id} is on hold without one")
def _idle() -> sa.Select:
    return sa.select(Membership.id).where(Membership.status == "frozen", ~_running())


@breach(lambda row: f"membership {row.id} is {row.status} while its hold runs")
def _awake() -> sa.Select:
    return sa.select(Membership.id, Membership.status).where(
        _running(), Membership.status.not_in(("frozen", "pending"))
    )


@breach(lambda row: f"hold {row.id} waits for a plan that has ended")
def _left_waiting() -> sa.Select:
    waiting = Hold.state.in_(("asked", "scheduled", "running"))
    return (
        sa.select(Hold.id)
        .join(Membership, Membership.id == Hold.membership_id)
        .where(waiting, Membership.status == "ended")
    )


_RESTS = (_idle, _awake, _left_waiting)


def _days_are_given_back() -> Iterator[str]:
    periods = db.session.scalars(_with_days_on_hold()).all()
    spans = hold_rows.all_within(periods)
    for period in periods:
        held = sum(span.days for span in spans[period.id])
        if held != period.frozen_days:
            yield (
                f"period {period.n} of membership {period.membership_id} counts "
                f"{period.frozen_days} days on hold, its holds {held}"
            )


@cache
def _with_days_on_hold() -> sa.Select:
    within = sa.exists().where(
        Hold.membership_id == MembershipPeriod.membership_id,
        Hold.state.in_(_TAKEN),
        Hold.end > Hold.start,
        Hold.start >= MembershipPeriod.start,
        Hold.start < MembershipPeriod.end,
    )
    query = sa.select(MembershipPeriod).where(sa.or_(MembershipPeriod.frozen_days != 0, within))
    return query.execution_options(populate_existing=True)


@breach(lambda row: f"membership {row.membership_id}: period {row.n} begins while it is on hold")
def _none_begins_in_a_hold() -> sa.Select:
    """One issued on the day on which a hold was asked for may begin with it."""
    return (
        sa.select(MembershipPeriod.membership_id, MembershipPeriod.n)
        .join(Hold, Hold.membership_id == MembershipPeriod.membership_id)
        .where(
            Hold.state.in_(_TAKEN),
            Hold.start < MembershipPeriod.start,
            MembershipPeriod.start < Hold.end,
        )
    )


@breach(lambda row: f"visit {row.id} used a plan that was on hold")
def _nobody_came() -> sa.Select:
    """The first day of a hold asked for on it may have been used before."""
    return (
        sa.select(Visit.id)
        .join(Hold, Hold.membership_id == Visit.membership_id)
        .where(
            Visit.undone_at.is_(None),
            Hold.state.in_(_TAKEN),
            Visit.business_date > Hold.start,
            Visit.business_date < Hold.end,
        )
    )
