"""What a member is told about their plan, put into the outbox within the act's own commit.

Dates travel as they are read: a mail renders without knowing a locale.
"""

from __future__ import annotations

from datetime import date, datetime

from config import outbox
from config.db import db
from config.formats import day
from locations import places
from membership.models import Member, Membership, Plan, PlanVersion


def cancelled(membership: Membership, *, last_access_on: date, now: datetime) -> None:
    """Confirms a cancellation with the last day of access."""
    _about_plan(membership, "membership_cancelled", now=now, last_access_on=day(last_access_on))


def locked(membership: Membership, *, now: datetime) -> None:
    """The plan's sessions rest until the open invoice is paid; packs still work."""
    _about_plan(membership, "membership_locked", now=now)


def _about_plan(membership: Membership, template: str, *, now: datetime, **told: str) -> None:
    member = db.session.get_one(Member, membership.member_id)
    version = db.session.get_one(PlanVersion, membership.plan_version_id)
    about = membership.period_end or membership.anchor
    outbox.put(
        dedupe_key=f"{template}:{membership.id}:{about.isoformat()}",
        to=member.email,
        template=template,
        context={
            "name": member.name,
            "plan_name": db.session.get_one(Plan, version.plan_id).name,
            "place_name": places.get(membership.location_id).name,
            **told,
        },
        now=now,
    )
