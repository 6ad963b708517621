"""Service days that go back: what a period has not earned, or all of it, earned or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from config.db import db
from locations import ledger
from locations.rules import claims
from locations.rules.entries import Leg
from membership.catalogue import plan_names
from membership.credits import accrual
from membership.models import Membership, MembershipPeriod
from membership.rules.exits import GivenBack


def time_unused(period: MembershipPeriod, *, on: date) -> GivenBack:
    """What an unlimited plan's running period has not earned by a date; writes nothing."""
    return GivenBack("period", "deferred_time", time_cents=accrual.unearned_cents(period, on=on))


def all_time(period: MembershipPeriod, *, on: date) -> GivenBack:
    """The whole of an unlimited plan's period, earned or not; writes nothing."""
    if period.earned_until >= period.end:  # closed, or a plan that earns by session
        return GivenBack("period", "deferred_time", earned_cents=period.earned_cents)
    unearned = accrual.unearned_cents(period, on=on)
    return GivenBack(
        "period", "deferred_time", time_cents=unearned, earned_cents=period.price_cents - unearned
    )


def close_time(
    period: MembershipPeriod, *, membership: Membership, on: date, now: datetime
) -> GivenBack:
    """End an unlimited plan's running period; what it has not earned goes back."""
    cents = accrual.close(period, membership=membership, on=on, now=now)
    return GivenBack("period", "deferred_time", time_cents=cents)


def take_all_time(
    period: MembershipPeriod, *, membership: Membership, reason: str, on: date, now: datetime
) -> GivenBack:
    """End it, and book back what its days had earned."""
    found = close_time(period, membership=membership, on=on, now=now)
    earned = period.earned_cents
    if earned:
        place, product = period.location_id, plan_names.code_of(period.plan_version_id)
        entry = claims.taken_back(
            source_type="membership_period",
            source_id=period.id,
            on=on,
            currency=membership.currency,
            legs=(
                Leg("deferred_time", place, earned, product),
                Leg("earned_time", place, -earned),
            ),
            corrects_id=None,
            home_at=place,
            product=product,
            reason=reason,
        )
        ledger.post([entry], now=now)
        period.earned_cents = 0
        db.session.flush()
    return replace(found, earned_cents=earned)
