"""What a member is told about a change of their plan, within the commit that brings it about."""

from __future__ import annotations

from datetime import datetime

from config import outbox
from config.db import db
from config.formats import day, money
from locations import places
from membership.catalogue import plan_names
from membership.models import Member, Membership, PlanChange


def told(membership: Membership, change: PlanChange, *, now: datetime) -> None:
    """Confirms that a change waits for its renewal, holds now, or was taken back; once each."""
    member = db.session.get_one(Member, membership.member_id)
    outbox.put(
        dedupe_key=f"plan_change:{change.id}:{change.state}",
        to=member.email,
        template="plan_change",
        context={
            "name": member.name,
            "state": change.state,
            "plan_name": plan_names.name_of(change.to_version_id),
            "place_name": places.get(change.location_id).name,
            "on": day(change.effective_on),
            "price": money(change.price_cents, change.currency),
        },
        now=now,
    )
