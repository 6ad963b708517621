"""What a member sees of their plan: what it holds, what it costs next, what is to follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from locations import places
from membership.changes import change_rows
from membership.journey import conversions
from membership.models import Consent, CreditGrant, MemberPack, Membership, Plan, PlanVersion
from membership.packs.overview import last_day
from membership.plans import memberships, plan_charges, promo_periods
from membership.plans.plan_charges import PlanCharge
from membership.price_rises import price_rise_view
from membership.price_rises.price_rise_view import Coming
from membership.rules.changes import is_due

STATUS_TEXTS = {
    "pending": "Starts with its first payment",
    "active": "Active",
    "grace": "Payment open",
    "locked": "Resting until paid",
    "frozen": "On hold",
}
DISPUTED = "Resting while a payment is disputed"


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge to come; amounts in minor units of `currency`, tax at the rate known today."""

    on: date | None
    plan_name: str
    price_cents: int
    tax_cents: int
    tax_label: str
    currency: str
    joining_cents: int = 0

    @property
    def total_cents(self) -> int:
        return self.price_cents + self.joining_cents + self.tax_cents


@dataclass(frozen=True, slots=True)
class PlanCard:
    """The held plan; `of` is none where it is unlimited, `last_access_on` where it goes on."""

    membership_id: UUID
    name: str
    place_name: str
    status: str
    status_text: str
    left: int
    of: int | None
    period_end: date | None
    arrears: bool
    grace_until: date | None
    last_access_on: date | None
    currency: str
    next_charge: Charge | None
    dearer: Coming | None


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was agreed to follow the starter; `charge.on` is unknown until the window is."""

    consent_id: UUID
    charge: Charge


def plan(member_id: UUID, *, on: date) -> PlanCard | None:
    """The member's live plan with its next charge, or none."""
    held = memberships.live_for(member_id)
    if held is None:
        return None
    version = db.session.get_one(PlanVersion, held.plan_version_id)
    name = db.session.get_one(Plan, version.plan_id).name
    dearer = price_rise_view.coming(held)
    left = _plan_sessions_left(held.id, on)
    return PlanCard(
        membership_id=held.id,
        name=name,
        place_name=places.get(held.location_id).name,
        status=held.status,
        status_text=_status_text(held),
        left=left,
        of=None if version.allowance is None else max(version.allowance, left),
        period_end=held.period_end,
        arrears=_in_arrears(held),
        grace_until=last_day(held.grace_until),
        last_access_on=last_day(held.ends_on),
        currency=held.currency,
        next_charge=_next_charge(held, name, dearer),
        dearer=dearer,
    )


def _status_text(held: Membership) -> str:
    disputed = held.disputed_on is not None and held.status == "locked"
    return DISPUTED if disputed else STATUS_TEXTS[held.status]


def _in_arrears(held: Membership) -> bool:
    """Whether paying helps: a plan that rests only because of a dispute owes nothing."""
    owing = held.disputed_on is None or held.arrears_since is not None
    return owing and held.status in ("grace", "locked")


def conversion(member_id: UUID, *, on: date) -> Conversion | None:
    """The plan agreed to with a starter, as long as it has not begun; its tax is that of its day,
    or of `on` while that is not known.
    """
    row = db.session.execute(
        sa.select(Consent, MemberPack, Plan.name)
        .join(MemberPack, MemberPack.id == Consent.member_pack_id)
        .join(PlanVersion, PlanVersion.id == Consent.plan_version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(
            MemberPack.member_id == member_id,
            Consent.state == "given",
            MemberPack.state != "draft",
        )
        .order_by(Consent.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    consent, pack, name = row
    begins = conversions.expected_on(pack.id)
    first = plan_charges.first(consent, on=begins or on)
    return Conversion(consent.id, _shown(first, on=begins, plan_name=name, held=consent))


def _next_charge(held: Membership, plan_name: str, dearer: Coming | None) -> Charge | None:
    """What the next renewal takes; on hold its date has moved by the days already."""
    goes_on = held.ends_on is None or held.ends_on > held.next_due_on
    if held.status not in ("active", "frozen") or not goes_on:
        return None
    return charge_on(held, plan_name, dearer, on=held.next_due_on)


def charge_on(
    held: Membership, plan_name: str, dearer: Coming | None, *, on: date, after: int = 0
) -> Charge:
    """What a renewal on a date takes: under the terms of a change that waits for it, if one does,
    else at the price that was announced for it; `after` counts the charges that come before it.
    """
    price_cents, location_id = held.price_cents, held.location_id
    version_id = held.plan_version_id
    change = change_rows.pending_of(held.id)
    if change is not None and is_due(change.facts, next_due_on=on):
        price_cents, location_id = change.price_cents, change.location_id
        version_id = change.to_version_id
        plan_name = _plan_name(version_id)
    elif change is None and dearer is not None and dearer.on == on:
        price_cents = dearer.price_cents
    found = plan_charges.on_day(
        price_cents,
        location_id=location_id,
        on=on,
        member_id=held.member_id,
        code=promo_periods.of_charge(held.id, plan_version_id=version_id, after=after),
    )
    return _shown(found, on=on, plan_name=plan_name, held=held)


def _shown(
    charge: PlanCharge, *, on: date | None, plan_name: str, held: Membership | Consent
) -> Charge:
    return Charge(
        on=on,
        plan_name=plan_name,
        price_cents=charge.price_cents,
        tax_cents=charge.tax_cents,
        tax_label=charge.tax_label,
        currency=held.currency,
        joining_cents=charge.joining_cents,
    )


def _plan_name(plan_version_id: UUID) -> str:
    return db.session.scalars(
        sa.select(Plan.name)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .where(PlanVersion.id == plan_version_id)
    ).one()


def _plan_sessions_left(membership_id: UUID, on: date) -> int:
    left = sa.select(sa.func.coalesce(sa.func.sum(CreditGrant.remaining), 0)).where(
        CreditGrant.membership_id == membership_id,
        CreditGrant.state != "void",
        CreditGrant.valid_from <= on,
        CreditGrant.valid_until > on,
    )
    return int(db.session.scalar(left) or 0)
