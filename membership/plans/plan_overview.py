"""What a member sees of their plan: what it holds, what it costs next, what is to follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from locations import places
from membership.journey import conversions
from membership.models import Consent, CreditGrant, MemberPack, Membership, Plan, PlanVersion
from membership.packs.overview import last_day
from membership.plans import membership_rows, plan_charges
from membership.plans.next_charges import Charge, shown, upcoming
from membership.price_rises import price_rise_view
from membership.price_rises.price_rise_view import Coming

STATUS_TEXTS = {
    "pending": "Starts with its first payment",
    "active": "Active",
    "grace": "Payment open",
    "locked": "Resting until paid",
    "frozen": "On hold",
}
DISPUTED = "Resting while a payment is disputed"


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
    held = membership_rows.live_for(member_id)
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
        next_charge=upcoming(held, name, dearer),
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
    return Conversion(consent.id, shown(first, on=begins, plan_name=name, held=consent))


def _plan_sessions_left(membership_id: UUID, on: date) -> int:
    left = sa.select(sa.func.coalesce(sa.func.sum(CreditGrant.remaining), 0)).where(
        CreditGrant.membership_id == membership_id,
        CreditGrant.state != "void",
        CreditGrant.valid_from <= on,
        CreditGrant.valid_until > on,
    )
    return int(db.session.scalar(left) or 0)
