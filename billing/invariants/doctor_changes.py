"""Invariants of changed plans: paid and in effect are one."""

from __future__ import annotations

import sqlalchemy as sa

from billing.models import Invoice
from config.doctor import Doctor, breach
from membership.models import Consent, Membership, MembershipPeriod, PlanChange


def register(doctor: Doctor) -> None:
    """Add the invariants about changes of plans to the doctor."""
    doctor.register(
        "P1", "a change today is in effect if, and only if, it is paid", _unlike, _unbilled
    )
    doctor.register("P2", "nothing dearer was taken without a consent", _agreed)
    doctor.register("P3", "a period lies where it was billed", _elsewhere, _strays)


def _its_own() -> sa.ColumnElement[bool]:
    return sa.and_(Invoice.source_id == PlanChange.id, Invoice.reason == "change")


@breach(lambda row: f"change {row.id} is {row.state}, its invoice is {row.invoice}")
def _unlike() -> sa.Select:
    return (
        sa.select(PlanChange.id, PlanChange.state, Invoice.state.label("invoice"))
        .join(Invoice, _its_own())
        .where((PlanChange.state == "applied") != (Invoice.state == "paid"))
    )


@breach(lambda row: f"change {row.id} waits for a payment that nobody asks for")
def _unbilled() -> sa.Select:
    return sa.select(PlanChange.id).where(
        PlanChange.state == "waiting", ~sa.exists().where(_its_own())
    )


@breach(lambda row: f"change {row.id} took effect without a consent")
def _agreed() -> sa.Select:
    """Of what members asked for: prices that rise have notices instead."""
    given = sa.exists().where(Consent.id == PlanChange.consent_id, Consent.state == "used")
    return sa.select(PlanChange.id).where(
        PlanChange.state == "applied",
        PlanChange.kind.in_(("upgrade", "interval")),
        PlanChange.consent_id.is_not(None),
        ~given,
    )


@breach(lambda row: f"period {row.id} lies elsewhere than its invoice {row.invoice_id}")
def _elsewhere() -> sa.Select:
    return (
        sa.select(MembershipPeriod.id, Invoice.id.label("invoice_id"))
        .join(Invoice, Invoice.source_id == MembershipPeriod.id)
        .where(Invoice.location_id != MembershipPeriod.location_id)
    )


@breach(lambda row: f"change {row.id} is being paid elsewhere than its plan")
def _strays() -> sa.Select:
    return (
        sa.select(PlanChange.id)
        .join(Membership)
        .where(PlanChange.state == "waiting", PlanChange.location_id != Membership.location_id)
    )
