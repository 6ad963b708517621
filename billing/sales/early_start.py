"""A plan that was agreed to with a starter, begun by its member before its day: quoted, then sold.

What is quoted is what its first invoice says: the price of the consent, today's tax.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.rules.invoice import InvoiceAmounts
from billing.sales import quotes
from config.db import db
from config.errors import NotFound, Refused
from locations import places
from membership.catalogue import catalog
from membership.journey import conversions
from membership.models import Consent, MemberPack
from membership.plans import promo_periods
from membership.rules import pack_status


@dataclass(frozen=True, slots=True)
class EarlyStart:
    """The plan and its first charge; `planned_on` is when it would begin by itself."""

    consent: Consent
    plan_name: str
    planned_on: date | None
    amounts: InvoiceAmounts


def offered(member_id: UUID, *, now: datetime) -> EarlyStart:
    """What beginning now would charge.

    Raises NotFound where nothing was agreed to, Refused where the starter forbids it.
    """
    row = db.session.execute(
        sa.select(Consent, MemberPack)
        .join(MemberPack, MemberPack.id == Consent.member_pack_id)
        .where(Consent.member_id == member_id, Consent.state == "given")
        .order_by(Consent.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound("plan")
    consent, pack = row
    pack_status.require(pack.state, "start_now")
    terms = catalog.plan_terms(consent.plan_version_id, consent.location_id)
    if terms.currency != consent.currency:
        raise Refused("terms_changed", "These terms have changed: please choose a plan instead.")
    return EarlyStart(
        consent=consent,
        plan_name=terms.name,
        planned_on=conversions.expected_on(pack.id),
        amounts=quotes.plan(
            replace(terms, price_cents=consent.price_cents),
            location=places.get(consent.location_id),
            now=now,
            promised=promo_periods.promised(consent.id),
            member_id=member_id,
        ),
    )
