"""Invariants of credits and visits; read-only, each violation a sentence."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.db import db
from config.doctor import Doctor
from locations.models import LedgerRollup, Location
from membership.models import (
    Charge,
    CreditEntry,
    CreditGrant,
    Membership,
    MembershipPeriod,
    PlanVersion,
    Visit,
)


def register(doctor: Doctor) -> None:
    """Add E1, E2, E4, E5, E6 and the sessions' part of L7."""
    doctor.register("E1", "credits are never below zero and add up", credits_add_up)
    doctor.register("E2", "one redemption per visit, none for one undone", one_redemption_a_visit)
    doctor.register("E4", "a redemption used a grant valid then and there", redeemed_when_valid)
    doctor.register("E5", "an extra session is owed while its visit stands", extras_stand)
    doctor.register("E6", "what is given for free is worth nothing", gifts_are_free)
    doctor.register(
        "L7-sessions",
        "deferred sessions are what unspent credits are worth, per seller",
        deferred_sessions_match,
    )


def credits_add_up() -> Iterator[str]:
    """What is left of every grant is the sum of its entries, in sessions and in cents."""
    entries = (
        sa.select(
            CreditEntry.grant_id,
            sa.func.sum(CreditEntry.quantity).label("quantity"),
            sa.func.sum(CreditEntry.value_cents).label("cents"),
        )
        .group_by(CreditEntry.grant_id)
        .subquery()
    )
    wrong = (
        sa.select(CreditGrant.id, CreditGrant.remaining, CreditGrant.remaining_cents, entries)
        .join(entries, entries.c.grant_id == CreditGrant.id, isouter=True)
        .where(
            (CreditGrant.remaining < 0)
            | (CreditGrant.remaining_cents < 0)
            | entries.c.grant_id.is_(None)
            | (entries.c.quantity != CreditGrant.remaining)
            | (entries.c.cents != CreditGrant.remaining_cents)
        )
    )
    for row in db.session.execute(wrong):
        yield (
            f"grant {row.id} says {row.remaining} left worth {row.remaining_cents} cents, "
            f"its entries say {row.quantity} worth {row.cents}"
        )


def one_redemption_a_visit() -> Iterator[str]:
    """Redemptions that were not given back: one for each visit outside a plan by time."""
    back = sa.select(CreditEntry.reverses_id).where(CreditEntry.reverses_id.is_not(None))
    standing = (
        sa.select(CreditEntry.visit_id, sa.func.count().label("times"))
        .where(CreditEntry.kind == "redeem", CreditEntry.id.not_in(back))
        .group_by(CreditEntry.visit_id)
        .subquery()
    )
    times = sa.func.coalesce(standing.c.times, 0)
    undone = Visit.undone_at.is_not(None)
    wrong = (
        sa.select(Visit.id, times.label("times"))
        .join(standing, standing.c.visit_id == Visit.id, isouter=True)
        .where(
            (times > 1)
            | (undone & (times > 0))
            | (~undone & Visit.membership_id.is_(None) & (times == 0))
        )
    )
    for row in db.session.execute(wrong):
        yield f"visit {row.id} stands with {row.times} redemptions"


def redeemed_when_valid() -> Iterator[str]:
    """Every redemption that stands lies within its grant's days and place, dated as its visit."""
    given_back = aliased(CreditEntry)
    outside = (
        (Visit.business_date < CreditGrant.valid_from)
        | (Visit.business_date >= CreditGrant.valid_until)
        | (CreditGrant.scope_id != Visit.location_id)
        | (CreditGrant.member_id != Visit.member_id)
        | (CreditEntry.occurred_on != Visit.business_date)
    )
    wrong = (
        sa.select(CreditEntry.id, Visit.business_date)
        .join(CreditGrant, CreditGrant.id == CreditEntry.grant_id)
        .join(Visit, Visit.id == CreditEntry.visit_id, isouter=True)
        .join(given_back, given_back.reverses_id == CreditEntry.id, isouter=True)
        .where(CreditEntry.kind == "redeem", given_back.id.is_(None))
        .where(Visit.id.is_(None) | outside)
    )
    for row in db.session.execute(wrong):
        yield f"redemption {row.id} on {row.business_date} used a grant not valid then and there"


def extras_stand() -> Iterator[str]:
    """Charges of extra sessions: each for a visit there, dropped if and only if it was undone."""
    undone, dropped = Visit.undone_at.is_not(None), Charge.state == "dropped"
    wrong = (
        sa.select(Charge.id, Charge.state)
        .join(Visit, Visit.id == Charge.source_id, isouter=True)
        .where(Charge.kind == "overage")
        .where(
            Visit.id.is_(None)
            | (Visit.location_id != Charge.location_id)
            | (undone & ~dropped)
            | (~undone & dropped)
        )
    )
    for row in db.session.execute(wrong):
        yield f"charge {row.id} is {row.state}, which its visit does not bear out"


def gifts_are_free() -> Iterator[str]:
    """Grants for free carry no value."""
    worth = sa.select(CreditGrant.id, CreditGrant.value_cents).where(
        CreditGrant.source_type == "comp", CreditGrant.value_cents != 0
    )
    for row in db.session.execute(worth):
        yield f"grant {row.id} was given for free and is worth {row.value_cents} cents"


def deferred_sessions_match() -> Iterator[str]:
    """Per selling location: the liability in the books is the worth of what is unspent."""
    held = {
        row.location_id: row.cents
        for row in db.session.execute(
            sa.select(
                CreditGrant.location_id, sa.func.sum(CreditGrant.remaining_cents).label("cents")
            )
            .where(CreditGrant.remaining > 0)
            .group_by(CreditGrant.location_id)
        )
    }
    for place_id, cents in db.session.execute(_unpaid_starts()):
        held[place_id] = held.get(place_id, 0) + cents
    owed = sa.func.sum(LedgerRollup.credit_cents - LedgerRollup.debit_cents)
    booked = {
        row.location_id: row.cents
        for row in db.session.execute(
            sa.select(LedgerRollup.location_id, owed.label("cents"))
            .where(LedgerRollup.account == "deferred_sessions")
            .group_by(LedgerRollup.location_id)
        )
    }
    for place in db.session.scalars(sa.select(Location).order_by(Location.slug)):
        in_books, in_credits = int(booked.get(place.id, 0)), int(held.get(place.id, 0))
        if in_books != in_credits:
            yield f"{place.slug}: the books owe {in_books} cents of sessions, credits {in_credits}"


def _unpaid_starts() -> sa.Select:
    """First periods that are billed and bring their credits only once they are paid."""
    granted = sa.exists().where(CreditGrant.source_id == MembershipPeriod.id)
    return (
        sa.select(MembershipPeriod.location_id, sa.func.sum(MembershipPeriod.price_cents))
        .join(Membership, Membership.id == MembershipPeriod.membership_id)
        .join(PlanVersion, PlanVersion.id == MembershipPeriod.plan_version_id)
        .where(Membership.status == "pending", PlanVersion.allowance.is_not(None), ~granted)
        .group_by(MembershipPeriod.location_id)
    )
