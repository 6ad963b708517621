"""Those who end a plan: what they are quoted, what then happens, and what they are owed."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from billing.leaving import exits
from billing.refunds.refunds_owed import Quote
from config.audit import Actor
from config.db import db
from membership.models import Charge, Membership
from membership.rules.exits import Exit
from tests.support.story import Person, Story
from tests.support.story_facts import plans

JULY_1 = date(2027, 7, 1)


def plan_of(who: Person) -> Membership:
    return plans(who)[-1]


def actor(who: Person) -> Actor:
    return Actor(who.account_id, "member")


def leave(story: Story, who: Person, how: Exit) -> Quote:
    """Previews, ends, and holds the one against the other."""
    plan, on = plan_of(who), story.today(who.home)
    quoted = exits.quote_plan(plan.id, how, on=on)
    found = exits.leave_plan(plan.id, how, on=on, by=actor(who), gateway=story.gateway)
    assert found == quoted
    assert plan_of(who).status == "ended"
    return found


def owed_back(who: Person) -> list[tuple[int, int, date | None]]:
    """What is owed to a person, oldest first: net and tax in cents, and by when."""
    query = sa.select(Charge).where(Charge.member_id == who.member_id).order_by(Charge.id)
    return [(-row.net_cents, -row.tax_cents, row.due_on) for row in db.session.scalars(query)]
