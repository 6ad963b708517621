"""The period of a plan that is being lived in, with what it has not delivered."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.calendar import Cycle
from config.db import db
from config.errors import Refused
from locations.rules.tax_rates import TaxRateValue
from membership.credits import accrual, credits
from membership.models import Membership, MembershipPeriod, Plan, PlanVersion
from membership.people import exemptions
from membership.rules import changes as rules
from membership.rules.change_quotes import Running
from membership.rules.cycle import cycle_of


def running(membership: Membership, *, on: date) -> Running:
    """The period being lived in, with what is still deferred of it on a date."""
    period = newest(membership)
    version, plan = version_and_plan(membership.plan_version_id)
    grant = credits.of_source(period.id, "period")
    return Running(
        start=period.start,
        end=period.end,
        frozen_days=period.frozen_days,
        price_cents=membership.price_cents,
        tier=plan.tier,
        interval=cycle_for(membership, version).interval,
        allowance=version.allowance,
        rate=rate_at(period.location_id, on=period.start, member_id=membership.member_id),
        unspent=grant.remaining if grant else 0,
        unspent_cents=grant.remaining_cents if grant else 0,
        unearned_cents=accrual.unearned_cents(period, on=on),
    )


def newest(membership: Membership) -> MembershipPeriod:
    """The newest period that was issued. Raises Refused("payment_pending") before the first."""
    query = sa.select(MembershipPeriod).where(
        MembershipPeriod.membership_id == membership.id,
        MembershipPeriod.n == membership.next_n - 1,
    )
    found = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise rules.refuse("payment_pending")
    return found


def cycle_for(membership: Membership, version: PlanVersion) -> Cycle:
    """The row of periods of a membership under a version's interval."""
    return cycle_of(
        anchor=membership.anchor,
        anchor_day=membership.anchor_day,
        interval_count=version.interval_count,
        interval_unit=version.interval_unit,
    )


def version_and_plan(plan_version_id: UUID) -> tuple[PlanVersion, Plan]:
    """The terms under this key, and the plan they are of."""
    row = db.session.execute(
        sa.select(PlanVersion, Plan)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(PlanVersion.id == plan_version_id)
    ).one()
    return row[0], row[1]


def rate_at(location_id: UUID, *, on: date, member_id: UUID) -> TaxRateValue:
    """The rate on plans of a date for a member. Raises Refused("no_tax_rate")."""
    rate = exemptions.rates_at(location_id, on=on, member_id=member_id).get("plan")
    if rate is None:
        raise Refused("no_tax_rate", "No tax rate is set for plans here on that date.")
    return rate
