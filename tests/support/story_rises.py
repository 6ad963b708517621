"""A price rise in a story: drafted, announced, and what became of it for somebody."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from config import clock as time_of
from config.audit import Actor
from config.db import db, run_txn
from membership.catalogue import plan_names
from membership.models import PriceRise, PriceRiseHolder
from membership.price_rises import price_rises
from tests.support.story import Person, Story
from tests.support.story_facts import plans

JUNE_1, JUNE_10 = date(2027, 6, 1), date(2027, 6, 10)
OWNER = Actor(None, "owner")


def draft(
    story: Story, slug: str, *, cents: int, since: date = JUNE_1, plan: str = "MAINT-2"
) -> PriceRise:
    plan_id = plan_names.plan_of(story.studio.plans[plan])
    return run_txn(
        lambda: price_rises.draft(
            plan_id=plan_id,
            location_id=story.place(slug).id,
            price_cents=cents,
            effective_from=since,
            reason="Rent and power cost more",
            by=OWNER,
            on=story.today(slug),
            now=time_of.now(),
        )
    )


def announce(story: Story, slug: str, *, cents: int, since: date = JUNE_1) -> PriceRise:
    rise = draft(story, slug, cents=cents, since=since)
    return run_txn(
        lambda: price_rises.announce(rise.id, by=OWNER, on=story.today(slug), now=time_of.now())
    )


def outcome(who: Person) -> tuple[str, str | None, date]:
    query = sa.select(PriceRiseHolder).where(PriceRiseHolder.membership_id == plans(who)[0].id)
    query = query.order_by(PriceRiseHolder.id.desc()).execution_options(populate_existing=True)
    found = db.session.scalars(query).first()
    assert found is not None
    return found.state, found.code, found.applies_on


def member(story: Story, name: str, wall: str, slug: str, plan: str = "MAINT-2") -> Person:
    story.go(wall, slug)
    return story.join(name, plan, at=slug)
