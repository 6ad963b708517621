"""Unlimited plans earn as their service days pass: one entry per location, plan and day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import cast
from uuid import UUID

import sqlalchemy as sa

from config.calendar import Period
from config.db import db
from config.ids import new_id
from locations import ledger
from locations.rules import deliveries
from locations.rules.entries import Entry
from membership.catalogue import plan_names
from membership.holds import hold_rows
from membership.models import Membership, MembershipPeriod, Plan, PlanVersion
from membership.rules.accrual import earned_by, service_days

_PERIOD = cast(sa.Table, MembershipPeriod.__table__)
_EARN = (
    sa.update(_PERIOD)
    .where(_PERIOD.c.id == sa.bindparam("earning_id"))
    .values(earned_until=sa.bindparam("until"), earned_cents=sa.bindparam("cents"))
)

# Built once: a location asks this every minute.
RUNNING = (
    sa.select(MembershipPeriod, Plan.code, Membership.currency)
    .join(Membership, Membership.id == MembershipPeriod.membership_id)
    .join(PlanVersion, PlanVersion.id == MembershipPeriod.plan_version_id)
    .join(Plan, Plan.id == PlanVersion.plan_id)
    .where(
        MembershipPeriod.location_id == sa.bindparam("location"),
        MembershipPeriod.earned_until < MembershipPeriod.end,
        MembershipPeriod.earned_until < sa.bindparam("on"),
        MembershipPeriod.start < sa.bindparam("on"),
        Membership.started_on.is_not(None),
    )
    .order_by(MembershipPeriod.id)
    .execution_options(populate_existing=True)
)
_RUNNING_LOCKED = RUNNING.with_for_update(skip_locked=True, of=MembershipPeriod)


def earn_time(location_id: UUID, *, on: date, now: datetime, limit: int = 1000) -> int:
    """Earn every service day before `on` of up to `limit` running periods; how many moved.

    A start that is not paid yet earns nothing; once it is, its passed days follow. A day is
    never earned twice: the period remembers how far it has come.
    """
    running = _running(location_id, on=on, limit=limit)
    frozen = hold_rows.frozen_within([period for period, _, _ in running])
    days: dict[tuple[date, str, str], int] = defaultdict(int)
    moved: list[dict[str, object]] = []
    for period, code, currency in running:
        span = Period(period.start, period.end)
        until = min(on, period.end)
        for day, cents in service_days(
            price_cents=period.price_cents,
            period=span,
            since=period.earned_until,
            until=until,
            frozen=frozen[period.id],
        ):
            days[day, code, currency] += cents
        earned = earned_by(
            until, price_cents=period.price_cents, period=span, frozen=frozen[period.id]
        )
        moved.append({"earning_id": period.id, "until": until, "cents": earned})
    if moved:
        db.session.connection().execute(_EARN, moved)
        ledger.post([_earned(location_id, *key, cents) for key, cents in sorted(days.items())],
                    now=now)  # fmt: skip
    return len(moved)


def close(period: MembershipPeriod, *, membership: Membership, on: date, now: datetime) -> int:
    """End an unlimited plan's period early: earn up to `on`, and say what stays unearned.

    Returns cents that are still in deferred_time, for the caller to credit.
    """
    if period.earned_until >= period.end:
        return 0
    frozen = hold_rows.frozen_within([period])[period.id]
    if membership.started_on is not None:
        code = plan_names.code_of(period.plan_version_id)
        days = service_days(
            price_cents=period.price_cents,
            period=Period(period.start, period.end),
            since=period.earned_until,
            until=on,
            frozen=frozen,
        )
        entries = [
            _earned(period.location_id, day, code, membership.currency, cents)
            for day, cents in days
        ]
        ledger.post(entries, now=now)
        span = Period(period.start, period.end)
        period.earned_cents = earned_by(
            on, price_cents=period.price_cents, period=span, frozen=frozen
        )
    period.earned_until = period.end
    db.session.flush()
    return period.price_cents - period.earned_cents


def unearned_cents(period: MembershipPeriod, *, on: date) -> int:
    """What `close` on this date would leave unearned, in cents; writes nothing."""
    if period.earned_until >= period.end:
        return 0
    span = Period(period.start, period.end)
    frozen = hold_rows.frozen_within([period])[period.id]
    return period.price_cents - earned_by(
        on, price_cents=period.price_cents, period=span, frozen=frozen
    )


def _running(location_id: UUID, *, on: date, limit: int) -> list[tuple[MembershipPeriod, str, str]]:
    asked = {"location": location_id, "on": on}
    rows = db.session.execute(_RUNNING_LOCKED.limit(limit), asked)
    return [(row[0], row[1], row[2]) for row in rows]


def _earned(location_id: UUID, day: date, plan: str, currency: str, cents: int) -> Entry:
    return deliveries.time_earned(
        source_id=new_id(),
        on=day,
        currency=currency,
        location_id=location_id,
        plan=plan,
        value_cents=cents,
    )
