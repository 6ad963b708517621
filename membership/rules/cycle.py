"""What a membership owes next, computed from its anchor and its plan's terms alone."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from config.calendar import Cycle, Interval
from membership.rules.due import Due, HeldBack, Reason


class Holding(NamedTuple):
    """A membership with the terms it holds, as one row of a claim; amounts in minor units.

    A named tuple rather than a dataclass: a run builds thousands of them a second.
    """

    location_id: UUID
    location_currency: str
    membership_id: UUID
    member_id: UUID
    status: str
    anchor: date
    anchor_day: int
    anchor_n: int
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
    roams: bool = True
    joining_cents: int = 0


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
        span = _span(
            held.anchor,
            held.anchor_day,
            held.interval_count,
            held.interval_unit,
            held.next_n - held.anchor_n,
            held.rollover_cap,
            held.rollover_periods,
        )
    except (ValueError, OverflowError) as error:
        return HeldBack(held.membership_id, "terms_broken", str(error))
    if span.start != held.next_due_on:
        reason = f"due on {held.next_due_on}, but period {held.next_n} starts on {span.start}"
        return HeldBack(held.membership_id, "off_its_anchor", reason)
    return _due(held, span, period_id=period_id)


def credits_until(cycle: Cycle, n: int, *, rollover_cap: int, rollover_periods: int) -> date:
    """First day on which the credits of period n are no longer valid.

    A plan with rollover keeps them for its number of further periods; without, they end
    with the period. Period -1 is the one that a hold has moved up to the anchor.
    """
    further = rollover_periods if rollover_cap > 0 else 0
    return cycle.period(n + further + 1).start


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


class _Span(NamedTuple):
    """A period, where its credits end, and how an invoice names it."""

    start: date
    end: date
    credits_until: date
    words: str


@lru_cache(maxsize=4096)
def _span(
    anchor: date, anchor_day: int, count: int, unit: str, n: int, cap: int, periods: int
) -> _Span:
    """The n-th period from the anchor; `cap` and `periods` are those of the rollover.

    Kept, because thousands of members share an anchor date and a plan.
    """
    cycle = cycle_of(anchor=anchor, anchor_day=anchor_day, interval_count=count, interval_unit=unit)
    start, end = cycle.period(n).start, cycle.period(n).end
    last_day = end - timedelta(days=1)
    words = f"{start.isoformat()} to {last_day.isoformat()}"
    until = credits_until(cycle, n, rollover_cap=cap, rollover_periods=periods)
    return _Span(start, end, until, words)


def _due(held: Holding, span: _Span, *, period_id: UUID) -> Due:
    reason: Reason = "first_period" if held.status == "pending" else "renewal"
    return Due(
        reason=reason,
        membership_id=held.membership_id,
        member_id=held.member_id,
        location_id=held.location_id,
        period_id=period_id,
        period_n=held.next_n,
        start=span.start,
        end=span.end,
        next_n=held.next_n + 1,
        next_due_on=span.end,
        plan_version_id=held.plan_version_id,
        product=held.plan_code,
        description=f"{held.plan_name}, {span.words}",
        price_cents=held.price_cents,
        currency=held.currency,
        allowance=held.allowance,
        credits_until=span.credits_until,
        consent_id=held.consent_id,
        joining_cents=held.joining_cents if held.next_n == 0 else 0,
        roams=held.roams,
    )
