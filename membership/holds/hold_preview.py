"""What a hold would mean, before the button: by the rules that then move it. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from config.calendar import Period
from config.db import db
from membership.holds import hold_rows, hold_steps, holds
from membership.models import Membership, Plan, PlanPrice, PlanVersion
from membership.plans.next_charges import Charge, charge_on
from membership.price_rises import price_rise_view
from membership.rules import holds as rules
from membership.rules.cycle import cycle_of
from membership.rules.holds import Anchor, Schedule


@dataclass(frozen=True, slots=True)
class MovedCredits:
    """Unused sessions of the plan, with their last day before and after."""

    left: int
    last_day: date
    new_last_day: date


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """What a hold costs before tax, and how its invoice names it; zero where it costs nothing."""

    net_cents: int
    product: str
    description: str
    currency: str
    location_id: UUID


@dataclass(frozen=True, slots=True)
class Outlook:
    """The plan's days and money with the hold; `before` is a renewal that comes before it."""

    span: Period
    last_access_on: date
    back_on: date
    before: Charge | None
    next_charge: Charge | None
    credits: tuple[MovedCredits, ...]


def of_new(membership_id: UUID, *, span: Period, on: date) -> Outlook:
    """A hold on these days, asked for on a date. Raises what asking would raise."""
    membership = db.session.get_one(Membership, membership_id, populate_existing=True)
    holds.require_allowed(membership, span=span, on=on)
    return _outlook(membership, span=span, days_before=0)


def of_extension(membership_id: UUID, *, until: date) -> Outlook:
    """The running hold, lasting until a later day. Raises what extending would raise."""
    membership = db.session.get_one(Membership, membership_id, populate_existing=True)
    hold = holds.require_extension(membership, until=until)
    return _outlook(membership, span=Period(hold.start, until), days_before=hold_rows.days_of(hold))


def of_return(membership_id: UUID, *, on: date) -> Outlook:
    """The running hold, ended on a date. Raises what returning would raise."""
    membership = db.session.get_one(Membership, membership_id, populate_existing=True)
    hold = hold_steps.require_running(membership)
    end = max(hold.start, min(hold.end, on))
    return _outlook(membership, span=Period(hold.start, end), days_before=hold_rows.days_of(hold))


def fee_terms(membership: Membership, *, span: Period, days_before: int) -> FeeTerms:
    """What the hold costs, or what it costs more than with `days_before`."""
    version = db.session.get_one(PlanVersion, membership.plan_version_id)
    plan = db.session.get_one(Plan, version.plan_id)
    price = db.session.get(PlanPrice, (version.id, membership.location_id))
    last_day = span.end - timedelta(days=1)
    return FeeTerms(
        net_cents=rules.extension_fee_cents(
            days=span.days,
            days_before=days_before,
            per_30_days_cents=price.hold_fee_cents if price else 0,
        ),
        product=plan.code,
        description=f"{plan.name}, on hold {span.start.isoformat()} to {last_day.isoformat()}",
        currency=membership.currency,
        location_id=membership.location_id,
    )


def _outlook(membership: Membership, *, span: Period, days_before: int) -> Outlook:
    due_on, due_n = _due_within(membership, span)
    schedule = rules.moved(
        Schedule(_anchor(membership), due_n, due_on),
        was=_anchor(membership),
        days_before=days_before,
        days=span.days,
    )
    later = timedelta(days=span.days - days_before)
    ends_on = membership.ends_on
    before = membership.next_due_on if membership.next_due_on < span.start else None
    return Outlook(
        span=span,
        last_access_on=span.start - timedelta(days=1),
        back_on=span.end,
        before=_charge(membership, before) if before and _goes_on(ends_on, before) else None,
        next_charge=_charge(membership, schedule.next_due_on, after=1 if before else 0)
        if _goes_on(ends_on + later if ends_on else None, schedule.next_due_on)
        else None,
        credits=_credits(membership, span, days_before=days_before, later=later),
    )


def _due_within(membership: Membership, span: Period) -> tuple[date, int]:
    """The renewal that the hold moves: the first on or after its first day, and its number."""
    version = db.session.get_one(PlanVersion, membership.plan_version_id)
    cycle = cycle_of(
        anchor=membership.anchor,
        anchor_day=membership.anchor_day,
        interval_count=version.interval_count,
        interval_unit=version.interval_unit,
    )
    n, due_on = membership.next_n, membership.next_due_on
    while due_on < span.start:
        n += 1
        due_on = cycle.period(n - membership.anchor_n).start
    return due_on, n


def _anchor(membership: Membership) -> Anchor:
    return Anchor(membership.anchor, membership.anchor_day, membership.anchor_n)


def _goes_on(ends_on: date | None, due_on: date) -> bool:
    return ends_on is None or ends_on > due_on


def _charge(membership: Membership, on: date, *, after: int = 0) -> Charge:
    dearer = price_rise_view.coming(membership)
    return charge_on(membership, plan_name(membership), dearer, on=on, after=after)


def _credits(
    membership: Membership, span: Period, *, days_before: int, later: timedelta
) -> tuple[MovedCredits, ...]:
    since = span.start + timedelta(days=days_before)
    held = db.session.scalars(hold_rows.unexpired_credits(membership.id, since=since)).all()
    day = timedelta(days=1)
    return tuple(
        MovedCredits(grant.remaining, grant.valid_until - day, grant.valid_until - day + later)
        for grant in held
        if grant.remaining and grant.valid_until
    )


def plan_name(membership: Membership) -> str:
    """The plan as its members call it."""
    version = db.session.get_one(PlanVersion, membership.plan_version_id)
    return db.session.get_one(Plan, version.plan_id).name
