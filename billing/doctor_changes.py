"""Invariants of changed plans: paid and in effect are one, and what is left over is kept."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from billing.models import Invoice
from config.db import db
from config.doctor import Doctor
from locations import ledger
from locations.models import Location
from membership.models import Charge, Consent, Membership, MembershipPeriod, PlanChange


def register(doctor: Doctor) -> None:
    """Add the invariants about changes of plans to the doctor."""
    doctor.register("P1", "a change today is in effect if, and only if, it is paid", _paid_is_held)
    doctor.register("P2", "nothing dearer was taken without a consent", _agreed)
    doctor.register("P3", "a period lies where it was billed", _billed_where_it_lies)
    doctor.register("L13", "account credit = what is kept for members, per location", _kept)


def _paid_is_held() -> Iterator[str]:
    its_own = sa.and_(Invoice.source_id == PlanChange.id, Invoice.reason == "change")
    rows = db.session.execute(
        sa.select(PlanChange.id, PlanChange.state, Invoice.state)
        .join(Invoice, its_own)
        .where((PlanChange.state == "applied") != (Invoice.state == "paid"))
    )
    for change_id, state, invoice in rows:
        yield f"change {change_id} is {state}, its invoice is {invoice}"
    unbilled = sa.select(PlanChange.id).where(
        PlanChange.state == "waiting", ~sa.exists().where(its_own)
    )
    for change_id in db.session.scalars(unbilled):
        yield f"change {change_id} waits for a payment that nobody asks for"


def _agreed() -> Iterator[str]:
    """Of what members asked for: prices that rise have notices instead."""
    given = sa.exists().where(Consent.id == PlanChange.consent_id, Consent.state == "used")
    rows = db.session.scalars(
        sa.select(PlanChange.id).where(
            PlanChange.state == "applied",
            PlanChange.kind.in_(("upgrade", "interval")),
            PlanChange.consent_id.is_not(None),
            ~given,
        )
    )
    for change_id in rows:
        yield f"change {change_id} took effect without a consent"


def _billed_where_it_lies() -> Iterator[str]:
    rows = db.session.execute(
        sa.select(MembershipPeriod.id, Invoice.id)
        .join(Invoice, Invoice.source_id == MembershipPeriod.id)
        .where(Invoice.location_id != MembershipPeriod.location_id)
    )
    for period_id, invoice_id in rows:
        yield f"period {period_id} lies elsewhere than its invoice {invoice_id}"
    strays = (
        sa.select(PlanChange.id)
        .join(Membership)
        .where(PlanChange.state == "waiting", PlanChange.location_id != Membership.location_id)
    )
    for change_id in db.session.scalars(strays):
        yield f"change {change_id} is being paid elsewhere than its plan"


def _kept() -> Iterator[str]:
    owed = sa.func.sum(-Charge.net_cents - Charge.tax_cents)
    kept = {
        location_id: int(cents)
        for location_id, cents in db.session.execute(
            sa.select(Charge.location_id, owed)
            .where(Charge.kind == "account_credit", Charge.state == "owed")
            .group_by(Charge.location_id)
        )
    }
    for place in db.session.scalars(sa.select(Location).order_by(Location.slug)):
        booked = -ledger.balance("account_credit", place.id)
        if booked != kept.get(place.id, 0):
            owed_cents = kept.get(place.id, 0)
            yield f"{place.slug}: the books keep {booked} cents, members are owed {owed_cents}"
