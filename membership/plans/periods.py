"""An issued period: the credits it brings, and what is still deferred of it."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import NotFound, Refused
from config.ids import new_id
from membership.models import Membership, MembershipPeriod, Plan, PlanVersion
from membership.plans import charges
from membership.rules.credits import GrantRow, rolls_on
from membership.rules.cycle import credits_until, cycle_of, next_due
from membership.rules.due import Due, HeldBack


def first_due(membership_id: UUID, *, period_id: UUID) -> Due:
    """The first period of a pending membership, under an id that its invoice already names.

    Raises Refused with the reason where its terms make no claim.
    """
    held = charges.holding(membership_id)
    if held is None:
        raise NotFound("membership")
    found = next_due(held, period_id=period_id)
    if isinstance(found, HeldBack):
        raise Refused(found.code, found.reason)
    return found


def grant_for(due: Due, *, state: Literal["provisional", "firm"]) -> list[GrantRow]:
    """The credits of a period as a row to be granted; none for a plan without a count."""
    if due.allowance is None:
        return []
    return [
        _row(
            member_id=due.member_id,
            period_id=due.period_id,
            membership_id=due.membership_id,
            location_id=due.location_id,
            product=due.product,
            currency=due.currency,
            allowance=due.allowance,
            price_cents=due.price_cents,
            start=due.start,
            end=due.end,
            until=due.credits_until,
            state=state,
            scope_id=None if due.roams else due.location_id,
        )
    ]


def firm_grant(period_id: UUID) -> list[GrantRow]:
    """The credits of a period that was issued without any and is paid now."""
    period, membership, version, code = db.session.execute(
        sa.select(MembershipPeriod, Membership, PlanVersion, Plan.code)
        .join(Membership, Membership.id == MembershipPeriod.membership_id)
        .join(PlanVersion, PlanVersion.id == MembershipPeriod.plan_version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(MembershipPeriod.id == period_id)
    ).one()
    if version.allowance is None:
        return []
    cycle = cycle_of(
        anchor=membership.anchor,
        anchor_day=membership.anchor_day,
        interval_count=version.interval_count,
        interval_unit=version.interval_unit,
    )
    until = credits_until(
        cycle,
        period.n - membership.anchor_n,
        rollover_cap=version.rollover_cap,
        rollover_periods=version.rollover_periods,
    )
    return [
        _row(
            member_id=membership.member_id,
            period_id=period.id,
            membership_id=membership.id,
            location_id=period.location_id,
            product=code,
            currency=membership.currency,
            allowance=version.allowance,
            price_cents=period.price_cents,
            start=period.start,
            end=period.end,
            until=until,
            state="firm",
            scope_id=None if version.roams else period.location_id,
        )
    ]


def _row(
    *,
    member_id: UUID,
    period_id: UUID,
    membership_id: UUID,
    location_id: UUID,
    product: str,
    currency: str,
    allowance: int,
    price_cents: int,
    start: date,
    end: date,
    until: date,
    state: Literal["provisional", "firm"],
    scope_id: UUID | None,
) -> GrantRow:
    return GrantRow(
        id=new_id(),
        member_id=member_id,
        source_type="period",
        source_id=period_id,
        membership_id=membership_id,
        location_id=location_id,
        product=product,
        currency=currency,
        quantity=allowance,
        value_cents=price_cents,
        valid_from=start,
        valid_until=until,
        rolls_on=rolls_on(period_end=end, valid_until=until),
        state=state,
        scope_id=scope_id,
    )
