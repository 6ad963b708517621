"""Invariants of held plans: their periods, dates, ends, access and unearned time."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.db import db
from config.doctor import Doctor
from locations import ledger
from membership import accrual, doctor_holds
from membership.models import (
    Consent,
    CreditGrant,
    MemberPack,
    Membership,
    MembershipPeriod,
    Notice,
    PlanVersion,
    Visit,
)
from membership.rules.cycle import cycle_of

_PAGE = 1000


def register(doctor: Doctor) -> None:
    """Add the membership floor's invariants about plans to the doctor."""
    doctor.register("B2", "periods of a plan neither overlap nor gap", _periods_tile)
    doctor.register("B5", "the next date follows from the anchor", _dates_follow)
    doctor.register("B6", "no period begins after its plan's end", _none_after_the_end)
    doctor.register("E3", "access follows state", _access_follows)
    doctor.register("N1", "no plan follows a starter without a consent and proof", _converted)
    doctor.register("A2", "a row lies where its parent does", _places_agree)
    doctor.register("L7-time", "deferred_time = service days not yet passed", _time_deferred)
    doctor_holds.register(doctor)


def _periods_tile() -> Iterator[str]:
    before = aliased(MembershipPeriod)
    follows = sa.exists().where(
        before.membership_id == MembershipPeriod.membership_id,
        before.n == MembershipPeriod.n - 1,
        before.end == MembershipPeriod.start,
    )
    loose = sa.select(MembershipPeriod.membership_id, MembershipPeriod.n).where(
        sa.or_(
            # A period that another interval replaced on its first day has none.
            MembershipPeriod.end < MembershipPeriod.start,
            sa.and_(MembershipPeriod.n > 0, ~follows),
        )
    )
    for membership_id, n in db.session.execute(loose):
        yield f"membership {membership_id}: period {n} does not follow the one before it"
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
    astray = sa.select(Membership.id).where(sa.or_(beyond, sa.and_(Membership.next_n > 0, ~last)))
    for membership_id in db.session.scalars(astray):
        yield f"membership {membership_id} does not stand on its newest period"


def _dates_follow() -> Iterator[str]:
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
    for row in db.session.execute(query, execution_options={"yield_per": _PAGE}):
        cycle = cycle_of(
            anchor=row.anchor,
            anchor_day=row.anchor_day,
            interval_count=row.interval_count,
            interval_unit=row.interval_unit,
        )
        start = cycle.period(row.next_n - row.anchor_n).start
        if start != row.next_due_on:
            yield f"membership {row.id} is due on {row.next_due_on}, its anchor says {start}"


def _none_after_the_end() -> Iterator[str]:
    late = (
        sa.select(MembershipPeriod.membership_id, MembershipPeriod.n)
        .join(Membership, Membership.id == MembershipPeriod.membership_id)
        .where(
            sa.or_(
                MembershipPeriod.start >= Membership.ends_on,
                MembershipPeriod.start > Membership.ended_on,
            )
        )
    )
    for membership_id, n in db.session.execute(late):
        yield f"membership {membership_id}: period {n} begins after its end"


def _access_follows() -> Iterator[str]:
    status = Membership.status
    odd = sa.select(Membership.id, status).where(
        sa.or_(
            sa.and_(status == "pending", Membership.started_on.is_not(None)),
            sa.and_(status == "active", Membership.arrears_since.is_not(None)),
            sa.and_(status.in_(("active", "grace", "locked")), Membership.started_on.is_(None)),
            sa.and_(status.in_(("grace", "locked")), Membership.grace_until.is_(None)),
            sa.and_(status == "ended", Membership.ended_on.is_(None)),
        )
    )
    for membership_id, found in db.session.execute(odd):
        yield f"membership {membership_id} is {found}, and its dates say otherwise"
    late = (
        sa.select(Visit.id)
        .join(Membership, Membership.id == Visit.membership_id)
        .where(Visit.undone_at.is_(None), Visit.business_date > Membership.ended_on)
    )
    for visit_id in db.session.scalars(late):
        yield f"visit {visit_id} used a plan that had ended"


def _converted() -> Iterator[str]:
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
    surprised = sa.select(Membership.id).where(
        Membership.member_pack_id.is_not(None), sa.or_(~agreed, ~told)
    )
    for membership_id in db.session.scalars(surprised):
        yield f"membership {membership_id} followed a starter without consent or notice"


def _places_agree() -> Iterator[str]:
    pairs = (
        (CreditGrant, MembershipPeriod, CreditGrant.source_id, MembershipPeriod.location_id),
        (CreditGrant, MemberPack, CreditGrant.source_id, MemberPack.sold_at),
    )
    for child, parent, key, place in pairs:
        apart = sa.select(child.id).join(parent, parent.id == key).where(child.location_id != place)
        for child_id in db.session.scalars(apart):
            yield f"{child.__tablename__} {child_id} lies elsewhere than its {parent.__tablename__}"


def _time_deferred() -> Iterator[str]:
    places = sa.select(MembershipPeriod.location_id).distinct()
    for location_id in db.session.scalars(places).all():
        booked = -ledger.balance("deferred_time", location_id)
        left = accrual.deferred_cents(location_id)
        if booked != left:
            yield f"location {location_id}: deferred_time holds {booked}, periods say {left}"
