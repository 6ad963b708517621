"""Invariants of holds; read-only, each violation a sentence that says nothing of why."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from config.db import db
from config.doctor import Doctor
from membership import hold_rows
from membership.models import Hold, Membership, MembershipPeriod, Visit

_TAKEN = ("running", "ended")


def register(doctor: Doctor) -> None:
    """Add what holds promise."""
    doctor.register("H1", "a plan rests while its hold runs, and only then", _rests_while_it_runs)
    doctor.register("H2", "an open period lasts longer by its days on hold", _days_are_given_back)
    doctor.register("B6-hold", "no period begins in a hold", _none_begins_in_a_hold)
    doctor.register("E3-hold", "nobody used a plan that was on hold", _nobody_came)


def _rests_while_it_runs() -> Iterator[str]:
    running = sa.exists().where(Hold.membership_id == Membership.id, Hold.state == "running")
    idle = sa.select(Membership.id).where(Membership.status == "frozen", ~running)
    for membership_id in db.session.scalars(idle):
        yield f"membership {membership_id} is on hold without one"
    awake = sa.select(Membership.id, Membership.status).where(
        running, Membership.status.not_in(("frozen", "pending"))
    )
    for membership_id, status in db.session.execute(awake):
        yield f"membership {membership_id} is {status} while its hold runs"
    waiting = Hold.state.in_(("asked", "scheduled", "running"))
    left = (
        sa.select(Hold.id)
        .join(Membership, Membership.id == Hold.membership_id)
        .where(waiting, Membership.status == "ended")
    )
    for hold_id in db.session.scalars(left):
        yield f"hold {hold_id} waits for a plan that has ended"


def _days_are_given_back() -> Iterator[str]:
    within = sa.exists().where(
        Hold.membership_id == MembershipPeriod.membership_id,
        Hold.state.in_(_TAKEN),
        Hold.end > Hold.start,
        Hold.start >= MembershipPeriod.start,
        Hold.start < MembershipPeriod.end,
    )
    query = sa.select(MembershipPeriod).where(sa.or_(MembershipPeriod.frozen_days != 0, within))
    periods = db.session.scalars(query.execution_options(populate_existing=True)).all()
    spans = hold_rows.all_within(periods)
    for period in periods:
        held = sum(span.days for span in spans[period.id])
        if held != period.frozen_days:
            yield (
                f"period {period.n} of membership {period.membership_id} counts "
                f"{period.frozen_days} days on hold, its holds {held}"
            )


def _none_begins_in_a_hold() -> Iterator[str]:
    """One issued on the day on which a hold was asked for may begin with it."""
    inside = (
        sa.select(MembershipPeriod.membership_id, MembershipPeriod.n)
        .join(Hold, Hold.membership_id == MembershipPeriod.membership_id)
        .where(
            Hold.state.in_(_TAKEN),
            Hold.start < MembershipPeriod.start,
            MembershipPeriod.start < Hold.end,
        )
    )
    for membership_id, n in db.session.execute(inside):
        yield f"membership {membership_id}: period {n} begins while it is on hold"


def _nobody_came() -> Iterator[str]:
    """The first day of a hold asked for on it may have been used before."""
    came = (
        sa.select(Visit.id)
        .join(Hold, Hold.membership_id == Visit.membership_id)
        .where(
            Visit.undone_at.is_(None),
            Hold.state.in_(_TAKEN),
            Visit.business_date > Hold.start,
            Visit.business_date < Hold.end,
        )
    )
    for visit_id in db.session.scalars(came):
        yield f"visit {visit_id} used a plan that was on hold"
