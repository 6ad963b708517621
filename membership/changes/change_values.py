"""Where the value of a running period goes when its plan changes today: nothing is created or lost.

What was paid and not delivered stays deferred, by the sessions or the service days that the new
plan still owes; the sale of the change is booked by billing in the same transaction.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from config.db import db
from config.ids import new_id
from locations import ledger
from locations.rules import deliveries, plan_changes
from membership.catalogue import plan_names
from membership.changes.change_sessions import revalue, take
from membership.credits import accrual, credit_rows, credits
from membership.models import (
    Membership,
    MembershipPeriod,
    PlanChange,
    PlanVersion,
)
from membership.plans import periods, running_period
from membership.rules import change_quotes


def go_on(membership: Membership, change: PlanChange, *, on: date, now: datetime) -> None:
    """The cycle stays: the net is spread over what is unspent and what comes on top, or over
    the service days to come; with neither, it is earned at once.
    """
    period = running_period.newest(membership)
    at = min(on, period.end - timedelta(days=1))
    old, new = _version(change.from_version_id), _version(change.to_version_id)
    value_cents = change.facts["net_cents"]
    if old.allowance is None:
        value_cents += _time_closed(membership, change, period, at, new=new, on=on, now=now)
    elif new.allowance is None:
        value_cents += _sessions_taken(membership, change, period, on=on, now=now)
    period.plan_version_id = new.id
    period.price_cents = change.price_cents
    db.session.flush()
    if new.allowance is None:
        _spread(membership, change, period, value_cents, at=at, now=now)
    else:
        extra = change.facts["extra_credits"]
        _onto_sessions(membership, change, period, extra, value_cents, on=on, now=now)


def give_back(membership: Membership, change: PlanChange, *, on: date, now: datetime) -> None:
    """A new cycle begins: the old period ends, and what it still owed has been credited.

    What was used since it was quoted is the studio's goodwill.
    """
    period = running_period.newest(membership)
    at = change.effective_on
    unlimited = _version(change.from_version_id).allowance is None
    left_cents = accrual.close(
        period, membership=membership, on=max(at, period.earned_until) if unlimited else at, now=now
    )
    left_cents += take(period, on=on, now=now)
    period.end = at
    period.earned_until = at
    db.session.flush()
    missing_cents = change.facts["deferred_cents"] - left_cents
    entry = plan_changes.value_conceded(
        change_id=change.id,
        on=on,
        currency=membership.currency,
        location_id=membership.location_id,
        value_cents=missing_cents,
        account="deferred_time" if unlimited else "deferred_sessions",
        product=plan_names.code_of(change.from_version_id),
    )
    ledger.post([entry], now=now)


def _time_closed(
    membership: Membership,
    change: PlanChange,
    period: MembershipPeriod,
    at: date,
    *,
    new: PlanVersion,
    on: date,
    now: datetime,
) -> int:
    """What service days to come are still worth; owed by the new plan's days or sessions now."""
    cents = accrual.close(period, membership=membership, on=at, now=now)
    to = "deferred_time" if new.allowance is None else "deferred_sessions"
    _post_moved(membership, change, cents, "deferred_time", to, on, now)
    return cents


def _sessions_taken(
    membership: Membership, change: PlanChange, period: MembershipPeriod, *, on: date, now: datetime
) -> int:
    """What unspent sessions are worth, moved to the days of an unlimited plan."""
    cents = take(period, on=on, now=now)
    _post_moved(membership, change, cents, "deferred_sessions", "deferred_time", on, now)
    return cents


def _spread(
    membership: Membership,
    change: PlanChange,
    period: MembershipPeriod,
    value_cents: int,
    *,
    at: date,
    now: datetime,
) -> None:
    """Earn a value by the service days from `at` on; the odd cent is earned on the first."""
    of_days = (period.end - period.start).days - period.frozen_days
    days = min((period.end - at).days, of_days)
    period.price_cents = change_quotes.spread_price(value_cents, days=days, of_days=of_days)
    period.earned_until = at
    unearned_cents = accrual.unearned_cents(period, on=at)
    period.earned_cents = period.price_cents - unearned_cents
    db.session.flush()
    odd = deliveries.time_earned(
        source_id=new_id(),
        on=at,
        currency=membership.currency,
        location_id=membership.location_id,
        plan=plan_names.code_of(change.to_version_id),
        value_cents=value_cents - unearned_cents,
    )
    ledger.post([odd], now=now)


def _onto_sessions(
    membership: Membership,
    change: PlanChange,
    period: MembershipPeriod,
    extra: int,
    value_cents: int,
    *,
    on: date,
    now: datetime,
) -> None:
    found = credits.of_source(period.id, "period")
    grant = credit_rows.locked(found.id) if found else None
    if grant is not None and grant.remaining + extra > 0:
        left_cents = grant.remaining_cents
        sessions: plan_changes.Deferred = "deferred_sessions"
        _post_moved(membership, change, left_cents, sessions, sessions, on, now)
        revalue(grant, extra, value_cents, on=on, now=now)
        grant.product = plan_names.code_of(change.to_version_id)
        db.session.flush()
    elif grant is None and extra > 0:
        (row,) = periods.firm_grant(period.id)
        row = row._replace(quantity=extra, value_cents=value_cents, valid_from=on)
        credits.grant_many([row], now)
    else:
        entry = plan_changes.value_earned(
            change_id=change.id,
            on=on,
            currency=membership.currency,
            location_id=membership.location_id,
            value_cents=value_cents,
            product=plan_names.code_of(change.to_version_id),
        )
        ledger.post([entry], now=now)


def _post_moved(
    membership: Membership,
    change: PlanChange,
    value_cents: int,
    source: plan_changes.Deferred,
    to: plan_changes.Deferred,
    on: date,
    now: datetime,
) -> None:
    entry = plan_changes.value_moved(
        change_id=change.id,
        on=on,
        currency=membership.currency,
        location_id=membership.location_id,
        value_cents=value_cents,
        source=source,
        to=to,
        held=plan_names.code_of(change.from_version_id),
        product=plan_names.code_of(change.to_version_id),
    )
    ledger.post([entry], now=now)


def _version(plan_version_id: UUID) -> PlanVersion:
    return db.session.get_one(PlanVersion, plan_version_id)
