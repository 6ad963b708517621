"""What a member is told about a hold. Never whether it is a medical one, nor why."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.formats import day
from membership.models import Hold, Membership
from membership.plans import letters


def planned(membership: Membership, hold: Hold, *, now: datetime) -> None:
    """Confirms the days: the last of access, the first one back."""
    key = f"hold_planned:{hold.id}:{hold.end.isoformat()}"
    _about(membership, hold, "hold_planned", key=key, now=now)


def dropped(membership: Membership, hold: Hold, *, now: datetime) -> None:
    """A hold that was planned or asked for does not take place."""
    _about(membership, hold, "hold_dropped", key=f"hold_dropped:{hold.id}", now=now)


def over(membership: Membership, hold: Hold, *, now: datetime) -> None:
    """Welcome back, and when the plan is charged next."""
    _about(membership, hold, "hold_over", key=f"hold_over:{hold.id}", now=now)


def _about(membership: Membership, hold: Hold, template: str, *, key: str, now: datetime) -> None:
    goes_on = membership.ends_on is None or membership.ends_on > membership.next_due_on
    told = {
        "last_access_on": day(hold.start - timedelta(days=1)),
        "starts_on": day(hold.start),
        "back_on": day(hold.end),
        "next_charge_on": day(membership.next_due_on) if goes_on else None,
        "arrears": membership.arrears_since is not None,
    }
    letters.about_plan(membership, template, key=key, told=told, now=now)
