"""Whoever is signed in, as a member with their plan, on their studio's date. For edges."""

from __future__ import annotations

from datetime import date

from config import clock
from config.audit import Actor
from config.errors import NotFound
from locations import places
from locations.guard import current_account
from membership.models import Member, Membership
from membership.people import members
from membership.plans import membership_rows


def own_member() -> Member:
    """Whoever is signed in, as a member; NotFound for somebody who is none."""
    member = members.of_account(current_account().id)
    if member is None:
        raise NotFound
    return member


def own_plan() -> Membership:
    """Their plan that has not ended; NotFound without one, as for somebody who is no member."""
    member = members.of_account(current_account().id)
    plan = membership_rows.live_for(member.id) if member else None
    if plan is None:
        raise NotFound("plan")
    return plan


def today(member: Member) -> date:
    """The date on the wall of the member's home location."""
    now = clock.now()
    return places.business_date(members.home_now(member.id, now), now)


def plan_today(plan: Membership) -> date:
    """The date on the wall of the location that bills the plan."""
    return places.business_date(places.get(plan.location_id), clock.now())


def actor() -> Actor:
    """They themselves, for the journal."""
    account = current_account()
    return Actor(account.id, account.name)
