"""What the renewals of plans that change will claim, told before the changes are in effect."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from config.db import db
from config.ids import new_id
from locations.models import Location
from membership.agreements import change_consents
from membership.models import Plan, PlanChange, PlanVersion
from membership.plans import charges
from membership.rules.cycle import next_due
from membership.rules.due import Due, HeldBack


def projected(changes: Iterable[PlanChange]) -> tuple[list[Due], list[HeldBack]]:
    """What their renewals will claim once these changes are in effect; writes nothing."""
    found = [_projected(change) for change in changes]
    return (
        [one for one in found if isinstance(one, Due)],
        [one for one in found if isinstance(one, HeldBack)],
    )


def _projected(change: PlanChange) -> Due | HeldBack | None:
    held = charges.holding(change.membership_id)
    if held is None or not change_consents.stands(change):
        return next_due(held, period_id=new_id()) if held else None
    version, plan, currency = db.session.execute(
        sa.select(PlanVersion, Plan, Location.currency)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Location, Location.id == change.location_id)
        .where(PlanVersion.id == change.to_version_id)
    ).one()
    if (held.interval_count, held.interval_unit) != (version.interval_count, version.interval_unit):
        held = held._replace(anchor=held.next_due_on, anchor_n=held.next_n)
        if held.interval_unit != version.interval_unit:
            held = held._replace(anchor_day=held.next_due_on.day)
    changed = held._replace(
        location_id=change.location_id,
        location_currency=currency,
        plan_version_id=version.id,
        price_cents=change.price_cents,
        consent_id=change.consent_id or held.consent_id,
        interval_count=version.interval_count,
        interval_unit=version.interval_unit,
        allowance=version.allowance,
        rollover_cap=version.rollover_cap,
        rollover_periods=version.rollover_periods,
        plan_code=plan.code,
        plan_name=plan.name,
    )
    return next_due(changed, period_id=new_id())
