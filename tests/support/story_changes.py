"""Changing plans in a story, as a member does on their own page."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from billing.plan_changes import changing
from config import clock as time_of
from config.audit import Actor
from config.calendar import Interval
from config.db import db, transaction
from membership.agreements.change_consents import Proof
from membership.catalogue import product_versions
from membership.changes import change_quotes
from membership.changes.change_quotes import Quote
from membership.models import PlanChange
from membership.rules.catalog import PlanPriceTag
from tests.support.story import ADDRESS, AGENT, Person, Story
from tests.support.story_facts import plans


def version_of(story: Story, plan: str | UUID) -> UUID:
    """A plan's version by its code, or as it is."""
    return story.studio.plans[plan] if isinstance(plan, str) else plan


def quoted(story: Story, who: Person, to: str | UUID) -> Quote:
    """Both ways, as the page shows them now."""
    plan = plans(who)[-1]
    location = next(p for p in story.studio.places.values() if p.id == plan.location_id)
    return change_quotes.quote(plan, version_of(story, to), on=story.today(location.slug))


def proof(who: Person, text: str | None) -> Proof:
    """The member has read these words."""
    return Proof(Actor(who.account_id, "member"), text or "", ADDRESS, AGENT)


def change_now(story: Story, who: Person, to: str | UUID) -> str | None:
    """Press the button of today; the card page, if there is anything to pay."""
    text = quoted(story, who, to).now_text
    page = changing.change_now(
        plans(who)[-1].id,
        to_version_id=version_of(story, to),
        proof=proof(who, text),
        gateway=story.gateway,
        now=time_of.now(),
    )
    db.session.rollback()
    return page


def change_later(story: Story, who: Person, to: str | UUID) -> PlanChange:
    """Press the button of the renewal."""
    return changing.change_at_renewal(
        plans(who)[-1].id,
        to_version_id=version_of(story, to),
        proof=proof(who, quoted(story, who, to).renewal_text),
        gateway=story.gateway,
        now=time_of.now(),
    )


def undo(story: Story, who: Person) -> None:
    """Take it back."""
    by = Actor(who.account_id, "member")
    changing.undo(plans(who)[-1].id, by=by, gateway=story.gateway, now=time_of.now())


def another_plan(
    story: Story,
    code: str,
    *,
    price_cents: int,
    allowance: int | None,
    interval: Interval,
    tier: int = 3,
) -> UUID:
    """Put one more plan on every studio's list."""
    ids = [place.id for place in story.studio.places.values()]
    with transaction():
        plan = product_versions.create_plan(code=code, name=code.capitalize(), tier=tier)
        return product_versions.new_plan_version(
            plan.id,
            interval=interval,
            allowance=allowance,
            rollover_cap=0,
            rollover_periods=0,
            prices=dict.fromkeys(ids, PlanPriceTag(price_cents)),
            effective_from=date(2026, 1, 1),
        ).id
