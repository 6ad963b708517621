"""Invariants of credits and visits; read-only, each violation a sentence."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.doctor import Doctor, breach, differing
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


@breach(
    lambda row: (
        f"grant {row.id} says {row.remaining} left worth {row.remaining_cents} cents, "
        f"its entries say {row.quantity} worth {row.cents}"
    )
)
def credits_add_up() -> sa.Select:
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
    return (
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


@breach(lambda row: f"visit {row.id} stands with {row.times} redemptions")
def one_redemption_a_visit() -> sa.Select:
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
    return (
        sa.select(Visit.id, times.label("times"))
        .join(standing, standing.c.visit_id == Visit.id, isouter=True)
        .where(
            (times > 1)
            | (undone & (times > 0))
            | (~undone & Visit.membership_id.is_(None) & (times == 0))
        )
    )


@breach(
    lambda row: f"redemption {row.id} on {row.business_date} used a grant not valid then and there"
)
def redeemed_when_valid() -> sa.Select:
    """Every redemption that stands lies within its grant's days and place, dated as its visit."""
    given_back = aliased(CreditEntry)
    outside = (
        (Visit.business_date < CreditGrant.valid_from)
        | (Visit.business_date >= CreditGrant.valid_until)
        | (CreditGrant.scope_id != Visit.location_id)
        | (CreditGrant.member_id != Visit.member_id)
        | (CreditEntry.occurred_on != Visit.business_date)
    )
    return (
        sa.select(CreditEntry.id, Visit.business_date)
        .join(CreditGrant, CreditGrant.id == CreditEntry.grant_id)
        .join(Visit, Visit.id == CreditEntry.visit_id, isouter=True)
        .join(given_back, given_back.reverses_id == CreditEntry.id, isouter=True)
        .where(CreditEntry.kind == "redeem", given_back.id.is_(None))
        .where(Visit.id.is_(None) | outside)
    )


@breach(lambda row: f"charge {row.id} is {row.state}, which its visit does not bear out")
def extras_stand() -> sa.Select:
    """Charges of extra sessions: each for a visit there, dropped if and only if it was undone."""
    undone, dropped = Visit.undone_at.is_not(None), Charge.state == "dropped"
    return (
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


@breach(lambda row: f"grant {row.id} was given for free and is worth {row.value_cents} cents")
def gifts_are_free() -> sa.Select:
    """Grants for free carry no value."""
    return sa.select(CreditGrant.id, CreditGrant.value_cents).where(
        CreditGrant.source_type == "comp", CreditGrant.value_cents != 0
    )


@breach(lambda row: f"{row.slug}: the books owe {row.said} cents of sessions, credits {row.meant}")
def deferred_sessions_match() -> sa.Select:
    """Per selling location: the liability in the books is the worth of what is unspent."""
    owed = LedgerRollup.credit_cents - LedgerRollup.debit_cents
    booked = (
        sa.select(Location.slug, sa.func.sum(owed))
        .join(Location, Location.id == LedgerRollup.location_id)
        .where(LedgerRollup.account == "deferred_sessions")
        .group_by(Location.slug)
    )
    unspent = (
        sa.select(Location.slug, CreditGrant.remaining_cents)
        .join(Location, Location.id == CreditGrant.location_id)
        .where(CreditGrant.remaining > 0)
    )
    held = unspent.union_all(_unpaid_starts()).subquery()
    return differing(booked, sa.select(*held.c)).order_by("slug")


def _unpaid_starts() -> sa.Select:
    """First periods that are billed and bring their credits only once they are paid."""
    granted = sa.exists().where(CreditGrant.source_id == MembershipPeriod.id)
    return (
        sa.select(Location.slug, MembershipPeriod.price_cents)
        .join(Location, Location.id == MembershipPeriod.location_id)
        .join(Membership, Membership.id == MembershipPeriod.membership_id)
        .join(PlanVersion, PlanVersion.id == MembershipPeriod.plan_version_id)
        .where(Membership.status == "pending", PlanVersion.allowance.is_not(None), ~granted)
    )
