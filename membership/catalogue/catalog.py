"""The price list: packs and plans, whose versions are never edited once made."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import NotFound
from locations import places
from membership.catalogue.catalog_rows import (
    PACK_SOLD,
    PACKS_BEGUN,
    PLAN_SOLD,
    PLANS_BEGUN,
    pack_terms_of,
    plan_terms_of,
)
from membership.models import PackVersion, PlanPrice
from membership.rules.catalog import (
    Offers,
    PackTerms,
    PlanPriceTag,
    PlanTerms,
)


def offers(location_id: UUID, on: date) -> Offers:
    """What the location sells on a day: of each product the newest version that has begun.

    A version without a price here is not sold here, whatever an older one cost; a studio that
    has closed sells nothing.
    """
    if places.has_closed(places.get(location_id), on):
        return Offers((), ())
    asked = {"location": location_id, "on": on}
    packs: dict[UUID, PackTerms | None] = {}
    for row in db.session.execute(PACKS_BEGUN, asked):
        packs[row.Pack.id] = pack_terms_of(row) if row.PackPrice else None
    plans: dict[UUID, PlanTerms | None] = {}
    for row in db.session.execute(PLANS_BEGUN, asked):
        plans[row.Plan.id] = plan_terms_of(row) if row.PlanPrice else None
    by_rank = sorted(filter(None, plans.values()), key=lambda plan: (plan.tier, plan.code))
    return Offers(tuple(filter(None, packs.values())), tuple(by_rank))


def pack_version(pack_version_id: UUID) -> PackVersion:
    """The immutable terms under this key. Raises NotFound."""
    found = db.session.get(PackVersion, pack_version_id)
    if found is None:
        raise NotFound("pack")
    return found


def pack_terms(pack_version_id: UUID, location_id: UUID) -> PackTerms:
    """A pack version as this location sells it. NotFound where it does not."""
    asked = {"location": location_id, "version": pack_version_id}
    row = db.session.execute(PACK_SOLD, asked).one_or_none()
    if row is None:
        raise NotFound("pack")
    return pack_terms_of(row)


def plan_terms(plan_version_id: UUID, location_id: UUID) -> PlanTerms:
    """A plan version as this location sells it. NotFound where it does not."""
    asked = {"location": location_id, "version": plan_version_id}
    row = db.session.execute(PLAN_SOLD, asked).one_or_none()
    if row is None:
        raise NotFound("plan")
    return plan_terms_of(row)


def price_tags(plan_version_id: UUID) -> dict[UUID, PlanPriceTag]:
    """What a plan version costs, by the locations that sell it."""
    query = sa.select(PlanPrice).where(PlanPrice.plan_version_id == plan_version_id)
    return {
        row.location_id: PlanPriceTag(
            row.price_cents, row.overage_cents, row.joining_cents, row.hold_fee_cents
        )
        for row in db.session.scalars(query)
    }
