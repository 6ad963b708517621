"""The nightly look at tiers: three periods that speak for another one, boosters that come often."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from config.db import db
from config.ids import new_id
from locations import places
from membership.catalogue import catalog, plan_names
from membership.changes import change_rows
from membership.journey import step_downs, tier_letters, tier_rows
from membership.models import Membership, TierSuggestion
from membership.notices import notices
from membership.plans.membership_rows import locked
from membership.rules import notices as notice_rules
from membership.rules import tiers as rules
from membership.rules.catalog import PlanTerms
from membership.rules.tiers import Held

# Boosters are looked at for some days, so that none bought behind the day's last look is missed.
BOOSTERS_BACK = timedelta(days=3)

Kind = Literal["step_down", "step_up", "after_boosters"]


def asked(location_id: UUID, *, on: date) -> dict[str, object]:
    """What the questions of this module are asked with."""
    return {"location": location_id, "on": on, "boosters_since": on - BOOSTERS_BACK}


def review(location_id: UUID, *, on: date, now: datetime) -> int:
    """Look at whoever's period ended today, and suggest another tier where three speak for it.

    Down where that was agreed beforehand, else by an offer; up only by an offer. How many
    heard of one.
    """
    found = db.session.scalars(tier_rows.ENDED_TODAY, asked(location_id, on=on)).all()
    used = tier_rows.uses([membership.id for membership in found]) if found else {}
    plans = catalog.offers(location_id, on).plans if found else ()
    versions = {one.plan_version_id: _held(one) for one in found}
    told = 0
    for membership in sorted(found, key=lambda one: one.id):
        held = _at_own_price(versions[membership.plan_version_id], membership)
        lower, upper = rules.below(held.terms, plans), rules.above(held.terms, plans)
        step = rules.step(used.get(membership.id, ()), held=held, lower=lower, upper=upper, on=on)
        if step == "down" and lower is not None:
            told += _down(membership.id, lower, on=on, now=now)
        elif step == "up" and upper is not None:
            told += _offer(membership.id, "step_up", upper, on=on)
    return told


def lower_for(membership: Membership, *, on: date) -> PlanTerms | None:
    """The next lower tier that is sold where the plan is billed, if there is one."""
    held = _at_own_price(_held(membership), membership)
    return rules.below(held.terms, catalog.offers(membership.location_id, on).plans)


def after_boosters(location_id: UUID, *, on: date) -> int:
    """Offer the next tier to members whose second booster within 90 days was just bought."""
    told = 0
    for membership in db.session.scalars(tier_rows.BOOSTED, asked(location_id, on=on)).all():
        bought = tier_rows.boosters_bought(membership.member_id, on=on)
        plans = catalog.offers(location_id, on).plans
        upper = rules.above(_held(membership).terms, plans)
        if upper is not None and rules.enough_boosters(bought, on=on):
            told += _offer(membership.id, "after_boosters", upper, on=on)
    return told


def _held(membership: Membership) -> Held:
    terms = catalog.plan_terms(membership.plan_version_id, membership.location_id)
    return Held(plan_names.plan_of(membership.plan_version_id), terms)


def _at_own_price(held: Held, membership: Membership) -> Held:
    """Whoever agreed to another price compares with that one."""
    return replace(held, terms=replace(held.terms, price_cents=membership.price_cents))


def _down(membership_id: UUID, lower: PlanTerms, *, on: date, now: datetime) -> int:
    """Move down as agreed beforehand, or offer it."""
    membership = locked(membership_id)
    if not membership.steps_down:
        return _offer(membership_id, "step_down", lower, on=on)
    if _is_settled(membership, on):
        return 0
    begins = step_downs.begins(membership, on=on)
    told_on = begins - timedelta(days=rules.NOTICE_DAYS)
    suggestion = _suggested(membership, "step_down", lower, on=on, told_on=told_on)
    step_downs.announce(suggestion, membership, lower, begins=begins, on=on, now=now)
    return 1


def _offer(membership_id: UUID, kind: Kind, to: PlanTerms, *, on: date) -> int:
    """Say that another tier may suit better; silence changes nothing."""
    membership = locked(membership_id)
    if _is_settled(membership, on):
        return 0
    suggestion = _suggested(membership, kind, to, on=on, told_on=on)
    zone = places.get(membership.location_id).zone
    notices.plan(
        member_id=membership.member_id,
        location_id=membership.location_id,
        kind="tier_offer",
        source_id=suggestion.id,
        about_on=on,
        leaves_at=notice_rules.leaves_at(on, days_before=0, zone=zone),
        facts={**tier_letters.facts(membership, to, on=on), "why": kind},
    )
    return 1


def _is_settled(membership: Membership, on: date) -> bool:
    """Whether the member, or another worker, decided something since they were found."""
    if membership.status != "active" or membership.ends_on is not None:
        return True
    quiet = rules.is_quiet(tier_rows.quiet_until(membership.id), on=on)
    return quiet or change_rows.live_of(membership.id) is not None


def _suggested(
    membership: Membership, kind: Kind, to: PlanTerms, *, on: date, told_on: date
) -> TierSuggestion:
    suggestion = TierSuggestion(
        id=new_id(),
        membership_id=membership.id,
        kind=kind,
        state="made",
        to_version_id=to.plan_version_id,
        made_on=on,
        quiet_until=rules.quiet_until(told_on),
    )
    db.session.add(suggestion)
    db.session.flush()
    return suggestion
