"""Invariants of held plans: their periods, dates, ends, access and unearned time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.db import db
from config.doctor import Doctor, breach, differing
from locations.models import LedgerRollup
from membership.invariants import doctor_holds, doctor_places
from membership.models import Consent, Membership, MembershipPeriod, Notice, PlanVersion, Visit
from membership.rules.cycle import cycle_of

_PAGE = 1000


def register(doctor: Doctor) -> None:
    """Add the membership floor's invariants about plans to the doctor."""
    doctor.register("B2", "periods of a plan neither overlap nor gap", _loose, _astray)
    doctor.register("B5", "the next date follows from the anchor", _dates_follow)
    doctor.register("B6", "no period begins after its plan's end", _none_after_the_end)
    doctor.register("E3", "access follows state", _odd_dates, _used_too_late)
    doctor.register("N1", "no plan follows a starter without a consent and proof", _converted)
    doctor.register("L7-time", "deferred_time = service days not yet passed", _time_deferred)
    doctor_places.register(doctor)
    doctor_holds.register(doctor)


@breach(
    lambda row: f"membership {row.membership_id}: period {row.n} does not follow the one before it"
)
def _loose() -> sa.Select:
    before = aliased(MembershipPeriod)
    follows = sa.exists().where(
        before.membership_id == MembershipPeriod.membership_id,
        before.n == MembershipPeriod.n - 1,
        before.end == MembershipPeriod.start,
    )
    return sa.select(MembershipPeriod.membership_id, MembershipPeriod.n).where(
        sa.or_(
            # A period that another interval replaced on its first day has none.
            MembershipPeriod.end < MembershipPeriod.start,
            sa.and_(MembershipPeriod.n > 0, ~follows),
        )
    )


@breach(lambda row: f"membership {row.id} does not stand on its newest period")
def _astray() -> sa.Select:
    last = sa.exists().where(
        MembershipPeriod.membership_id == Membership.id,
        MembershipPeriod.n == Membership.next_n - 1,
        MembershipPeriod.start == Membership.period_start,
        MembershipPeriod.end == Membership.period_end,
    )
    beyond = sa.exists().where(
        MembershipPeriod.membership_id == Membership.id,
        MembershipPeriod.n >= Membership.next_n,
    )
    return sa.select(Membership.id).where(sa.or_(beyond, sa.and_(Membership.next_n > 0, ~last)))


def _dates_follow() -> Iterator[str]:
    for row in db.session.execute(_going_on()):
        cycle = cycle_of(
            anchor=row.anchor,
            anchor_day=row.anchor_day,
            interval_count=row.interval_count,
            interval_unit=row.interval_unit,
        )
        start = cycle.period(row.next_n - row.anchor_n).start
        if start != row.next_due_on:
            yield f"membership {row.id} is due on {row.next_due_on}, its anchor says {start}"


@cache
def _going_on() -> sa.Select:
    query = (
        sa.select(
            Membership.id,
            Membership.anchor,
            Membership.anchor_day,
            Membership.anchor_n,
            Membership.next_n,
            Membership.next_due_on,
            PlanVersion.interval_count,
            PlanVersion.interval_unit,
        )
        .join(PlanVersion, PlanVersion.id == Membership.plan_version_id)
        .where(Membership.status != "ended")
    )
    return query.execution_options(yield_per=_PAGE)


@breach(lambda row: f"membership {row.membership_id}: period {row.n} begins after its end")
def _none_after_the_end() -> sa.Select:
    return (
        sa.select(MembershipPeriod.membership_id, MembershipPeriod.n)
        .join(Membership, Membership.id == MembershipPeriod.membership_id)
        .where(
            sa.or_(
                MembershipPeriod.start >= Membership.ends_on,
                MembershipPeriod.start > Membership.ended_on,
            )
        )
    )


@breach(lambda row: f"membership {row.id} is {row.status}, and its dates say otherwise")
def _odd_dates() -> sa.Select:
    status = Membership.status
    return sa.select(Membership.id, status).where(
        sa.or_(
            sa.and_(status == "pending", Membership.started_on.is_not(None)),
            sa.and_(status == "active", Membership.arrears_since.is_not(None)),
            sa.and_(status.in_(("active", "grace", "locked")), Membership.started_on.is_(None)),
            sa.and_(
                status.in_(("grace", "locked")),
                Membership.grace_until.is_(None),
                sa.or_(status == "grace", Membership.disputed_on.is_(None)),
            ),
            sa.and_(status == "active", Membership.disputed_on.is_not(None)),
            sa.and_(status == "ended", Membership.ended_on.is_(None)),
        )
    )


@breach(lambda row: f"visit {row.id} used a plan that had ended")
def _used_too_late() -> sa.Select:
    return (
        sa.select(Visit.id)
        .join(Membership, Membership.id == Visit.membership_id)
        .where(Visit.undone_at.is_(None), Visit.business_date > Membership.ended_on)
    )


@breach(lambda row: f"membership {row.id} followed a starter without consent or notice")
def _converted() -> sa.Select:
    # A later change of plan has a consent of its own: the one given with the starter stays used.
    agreed = sa.exists().where(
        Consent.member_pack_id == Membership.member_pack_id,
        Consent.state == "used",
    )
    told = sa.exists().where(
        Notice.source_id == Membership.member_pack_id,
        Notice.kind == "conversion",
        Notice.delivered_at.is_not(None),
        Notice.about_on <= Membership.anchor,
    )
    return sa.select(Membership.id).where(
        Membership.member_pack_id.is_not(None), sa.or_(~agreed, ~told)
    )


@breach(
    lambda row: (
        f"location {row.location_id}: deferred_time holds {row.said}, periods say {row.meant}"
    )
)
def _time_deferred() -> sa.Select:
    booked = sa.select(
        LedgerRollup.location_id, LedgerRollup.credit_cents - LedgerRollup.debit_cents
    ).where(LedgerRollup.account == "deferred_time")
    left = sa.select(
        MembershipPeriod.location_id, MembershipPeriod.price_cents - MembershipPeriod.earned_cents
    ).where(MembershipPeriod.earned_until < MembershipPeriod.end)
    return differing(booked, left)
