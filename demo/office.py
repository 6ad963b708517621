"""What is decided in the office in a year: a stricter rule, a price rise; and who answers it."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from random import Random
from uuid import UUID

import sqlalchemy as sa

from config import outbox
from config.audit import Actor
from config.calendar import add_months
from config.db import db, run_txn
from config.errors import Refused
from demo.story import Story
from locations import places, policy, policy_overrides
from membership.journey import tier_choices
from membership.journey.step_downs import KIND
from membership.models import Membership, Notice, PlanVersion, PriceRiseHolder, TierSuggestion
from membership.people import members
from membership.plans import membership_rows
from membership.price_rises import price_rises

RULE, SETTING, RULED = "cooling_off_business_days", "5", "tacoma"
RISEN, RISES_AT, RISES_TO = "MAINT-2", "seattle", 8500
ROOM_FOR_NOTICES = timedelta(days=45)
STAYS = 0.25
_OFFICE = 15 * 60


def plan_the_year(story: Story, *, first: date, last: date) -> None:
    """Write down what is decided in the office; a short story has no room for a price rise."""
    third, later = (first + (last - first) * part // 20 for part in (6, 11))
    story.on(third, _OFFICE, RULED, partial(_tighten, story))
    if last > add_months(first, 4, anchor_day=first.day):
        story.on(later, _OFFICE, RISES_AT, partial(_raise, story))
    asked: set[UUID] = set()
    luck = Random(f"office:{first}")  # noqa: S311 - luck, not a secret
    for week in range((last - first).days // 7):
        day = first + timedelta(days=7 * week + 3)
        story.on(day, _OFFICE, RISES_AT, partial(_some_stay, story, luck, asked))


def _tighten(story: Story) -> None:
    """The owner gives members of one studio longer to think again than the land does."""
    place, now = story.group.studios[RULED], story.world.now
    on = places.business_date(place, now)
    begins = on + timedelta(days=7)
    run_txn(
        lambda: policy_overrides.set_rule(
            location_id=place.id,
            land=policy.policy_for(place.jurisdiction, begins),
            rule=RULE,
            setting=SETTING,
            effective_from=begins,
            reason=None,
            on=on,
            by=story.group.staff["owner"],
            now=now,
        )
    )
    story.counts["policies tightened"] += 1


def _raise(story: Story) -> None:
    """Announce a dearer plan at one studio, where somebody holds it."""
    place, now = story.group.studios[RISES_AT], story.world.now
    version_id = story.group.plans[RISEN]
    if not _is_held(version_id, place.id):
        return
    on, by = places.business_date(place, now), story.group.staff["owner"]
    begins = on + ROOM_FOR_NOTICES

    def announce() -> UUID:
        rise = price_rises.draft(
            plan_id=db.session.get_one(PlanVersion, version_id).plan_id,
            location_id=place.id,
            price_cents=RISES_TO,
            effective_from=begins,
            reason="Power and rent cost more than a year ago",
            by=by,
            on=on,
            now=now,
        )
        price_rises.announce(rise.id, by=by, on=on, now=now)
        assert rise.to_version_id is not None, "announced with its version"
        story.on(begins, 1, RISES_AT, partial(_on_sale, story, rise.to_version_id))
        return rise.id

    rise_id = run_txn(announce)
    story.counts["price rises"] += 1
    story.on(begins - timedelta(days=6), _OFFICE, RISES_AT, partial(_bounce_one, story, rise_id))


def _on_sale(story: Story, version_id: UUID) -> None:
    story.group.plans[RISEN] = version_id


def _bounce_one(story: Story, rise_id: UUID) -> None:
    """One letter about it comes back: this member is not raised."""
    key = db.session.scalar(
        sa.select(Notice.outbox_key)
        .join(PriceRiseHolder, PriceRiseHolder.id == Notice.source_id)
        .where(PriceRiseHolder.price_rise_id == rise_id, Notice.sent_at.is_not(None))
        .order_by(Notice.id)
        .limit(1)
    )
    if key is not None and run_txn(lambda: outbox.bounce(key, reason="550 no such mailbox")):
        story.counts["notices that bounced"] += 1


def _some_stay(story: Story, luck: Random, asked: set[UUID]) -> None:
    """Of those who read that they will step down some keep their plan, by the click in the mail."""
    told = db.session.execute(
        sa.select(TierSuggestion.id, Notice.member_id)
        .join(Notice, Notice.source_id == TierSuggestion.id)
        .where(
            TierSuggestion.kind == KIND,
            TierSuggestion.state == "made",
            Notice.kind == KIND,
            Notice.sent_at.is_not(None),
        )
        .order_by(TierSuggestion.id)
    ).all()
    for suggestion_id, member_id in told:
        if suggestion_id not in asked and luck.random() < STAYS:
            _stay(story, suggestion_id, member_id)
        asked.add(suggestion_id)


def _stay(story: Story, suggestion_id: UUID, member_id: UUID) -> None:
    now = story.world.now
    plan = membership_rows.live_for(member_id)
    if plan is None:
        return
    by = Actor(members.get(member_id).account_id, "member")
    on = places.business_date(places.get(plan.location_id), now)
    try:
        run_txn(lambda: tier_choices.stay(suggestion_id, by=by, on=on, now=now))
    except Refused as refused:  # the smaller plan has begun
        story.refusals["stay", refused.code] += 1
    else:
        story.counts["stayed with their plan"] += 1


def _is_held(version_id: UUID, location_id: UUID) -> bool:
    """Whether anybody holds a plan version at a studio."""
    held = sa.select(Membership.id).where(
        Membership.plan_version_id == version_id,
        Membership.location_id == location_id,
        Membership.status != "ended",
    )
    return db.session.scalar(held.limit(1)) is not None
