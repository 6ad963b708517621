"""What a membership owes next, computed from its anchor and its plan's terms alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from config.calendar import Cycle, Interval, Period
from membership.rules.due import Due, HeldBack, Reason


class Holding(NamedTuple):
    """A membership with the terms it holds, as one row of a claim; amounts in minor units.

    A named tuple rather than a dataclass: a run builds thousands of them a second.
    """

    membership_id: UUID
    member_id: UUID
    location_id: UUID
    status: str
    anchor: date
    anchor_day: int
    next_n: int
    next_due_on: date
    plan_version_id: UUID
    price_cents: int
    currency: str
    consent_id: UUID | None
    interval_count: int
    interval_unit: str
    allowance: int | None
    rollover_cap: int
    rollover_periods: int
    plan_code: str
    plan_name: str
    location_currency: str


def cycle_of(*, anchor: date, anchor_day: int, interval_count: int, interval_unit: str) -> Cycle:
    """The endless row of periods of a membership; ValueError where the terms make none."""
    interval = Interval(interval_count, interval_unit)  # type: ignore[arg-type]  # it checks
    return Cycle(anchor, interval, anchor_day)


def next_due(held: Holding, *, period_id: UUID) -> Due | HeldBack:
    """The claim for the next period, or why a person has to look at it first."""
    broken = _broken_terms(held)
    if broken is not None:
        return broken
    try:
        cycle = cycle_of(
            anchor=held.anchor,
            anchor_day=held.anchor_day,
            interval_count=held.interval_count,
            interval_unit=held.interval_unit,
        )
        period = cycle.period(held.next_n)
        until = credits_until(
            cycle,
            held.next_n,
            rollover_cap=held.rollover_cap,
            rollover_periods=held.rollover_periods,
        )
    except (ValueError, OverflowError) as error:
        return HeldBack(held.membership_id, "terms_broken", str(error))
    if period.start != held.next_due_on:
        reason = f"due on {held.next_due_on}, but period {held.next_n} starts on {period.start}"
        return HeldBack(held.membership_id, "off_its_anchor", reason)
    return _due(held, period, period_id=period_id, credits_until=until)


def credits_until(cycle: Cycle, n: int, *, rollover_cap: int, rollover_periods: int) -> date:
    """First day on which the credits of period n are no longer valid.

    A plan with rollover keeps them for its number of further periods; without, they end
    with the period.
    """
    further = rollover_periods if rollover_cap > 0 else 0
    return cycle.period(n + further).end


def _broken_terms(held: Holding) -> HeldBack | None:
    if held.price_cents < 0:
        return HeldBack(held.membership_id, "price_negative", "the price is below zero")
    if held.currency != held.location_currency:
        reason = f"priced in {held.currency}, but the location bills in {held.location_currency}"
        return HeldBack(held.membership_id, "currency_mismatch", reason)
    if held.allowance is not None and held.allowance < 1:
        return HeldBack(held.membership_id, "allowance_broken", "the allowance is not positive")
    if held.rollover_periods < 0:
        return HeldBack(held.membership_id, "rollover_broken", "the rollover is below zero")
    return None


def _due(held: Holding, period: Period, *, period_id: UUID, credits_until: date) -> Due:
    reason: Reason = "first_period" if held.status == "pending" else "renewal"
    last_day = period.end - timedelta(days=1)
    return Due(
        reason=reason,
        membership_id=held.membership_id,
        member_id=held.member_id,
        location_id=held.location_id,
        period_id=period_id,
        period_n=held.next_n,
        start=period.start,
        end=period.end,
        next_n=held.next_n + 1,
        next_due_on=period.end,
        plan_version_id=held.plan_version_id,
        product=held.plan_code,
        description=f"{held.plan_name}, {period.start.isoformat()} to {last_day.isoformat()}",
        price_cents=held.price_cents,
        currency=held.currency,
        allowance=held.allowance,
        credits_until=credits_until,
        consent_id=held.consent_id,
    )
