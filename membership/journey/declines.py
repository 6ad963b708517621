"""One click against a plan that would follow a starter: what the sealed link in the mail tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from config.audit import Actor
from config.db import db
from config.errors import NotFound
from membership.agreements import consents
from membership.journey import conversions
from membership.models import Plan, PlanVersion


@dataclass(frozen=True, slots=True)
class Told:
    """What the page of the link says; `state` is the consent's. Amounts in minor units."""

    state: str
    plan_name: str
    on: date | None
    price_cents: int
    tax_cents: int
    currency: str


def told(member_pack_id: UUID) -> Told:
    """The plan that was agreed to with a starter. Raises NotFound where none was."""
    consent = consents.for_pack(member_pack_id)
    if consent is None:
        raise NotFound
    version = db.session.get_one(PlanVersion, consent.plan_version_id)
    return Told(
        state=consent.state,
        plan_name=db.session.get_one(Plan, version.plan_id).name,
        on=conversions.expected_on(member_pack_id),
        price_cents=consent.price_cents,
        tax_cents=consent.tax_cents,
        currency=consent.currency,
    )


def decline(member_pack_id: UUID, *, by: Actor, now: datetime) -> None:
    """Take the agreement back; again changes nothing.

    Raises Refused("consent_used") once the plan has begun.
    """
    consent = consents.for_pack(member_pack_id)
    if consent is None:
        raise NotFound
    consents.withdraw(consent.id, member_id=consent.member_id, by=by, now=now)
