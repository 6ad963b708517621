"""Whether the books owe of each product what its unspent sessions and days to come are worth."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from config.doctor import Doctor, breach, differing
from locations.models import LedgerDetail, Location
from membership.models import CreditGrant, Membership, MembershipPeriod, Plan, PlanVersion


def register(doctor: Doctor) -> None:
    """Add the lines of the roll-forward."""
    doctor.register(
        "L7-lines",
        "what is deferred of a product is what its sessions and days are worth, per seller",
        sessions_by_product,
        time_by_product,
    )


@breach(
    lambda row: (
        f"{row.slug}: the books owe {row.said} cents of {row.product} sessions, credits {row.meant}"
    )
)
def sessions_by_product() -> sa.Select:
    """Deferred sessions against unspent credits and first periods billed but not yet paid."""
    unspent = (
        sa.select(Location.slug, CreditGrant.product.label("product"), CreditGrant.remaining_cents)
        .join(Location, Location.id == CreditGrant.location_id)
        .where(CreditGrant.remaining > 0)
    )
    granted = sa.exists().where(CreditGrant.source_id == MembershipPeriod.id)
    starts = _periods(MembershipPeriod.price_cents).where(
        Membership.status == "pending", PlanVersion.allowance.is_not(None), ~granted
    )
    held = unspent.union_all(starts).subquery()
    return differing(_booked("deferred_sessions"), sa.select(*held.c))


@breach(
    lambda row: (
        f"{row.slug}: the books owe {row.said} cents of {row.product} days, periods {row.meant}"
    )
)
def time_by_product() -> sa.Select:
    """Deferred time against the service days to come."""
    left = _periods(MembershipPeriod.price_cents - MembershipPeriod.earned_cents)
    return differing(
        _booked("deferred_time"),
        left.where(MembershipPeriod.earned_until < MembershipPeriod.end),
    )


def _booked(account: str) -> sa.Select:
    return (
        sa.select(
            Location.slug,
            LedgerDetail.detail.label("product"),
            LedgerDetail.credit_cents - LedgerDetail.debit_cents,
        )
        .join(Location, Location.id == LedgerDetail.location_id)
        .where(LedgerDetail.account == account)
    )


def _periods(cents: sa.ColumnElement[int] | InstrumentedAttribute[int]) -> sa.Select:
    return (
        sa.select(Location.slug, Plan.code.label("product"), cents)
        .select_from(MembershipPeriod)
        .join(Location, Location.id == MembershipPeriod.location_id)
        .join(Membership, Membership.id == MembershipPeriod.membership_id)
        .join(PlanVersion, PlanVersion.id == MembershipPeriod.plan_version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
    )
