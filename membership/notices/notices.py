"""Notices: told before something happens, with proof that it was, once each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from config import outbox
from config.calendar import local_date
from config.db import db
from config.formats import day
from config.ids import new_id
from config.links import sealed
from config.models import OutboxMessage
from locations import places
from locations.models import Location
from locations.policy import policy_at
from locations.upsert import insert_or
from membership.models import Member, Notice
from membership.rules import notices as rules

_NOTICE = cast(sa.Table, Notice.__table__)
_PROVEN = ("failed", "bounced")
DECLINE = "decline"  # what the link in a conversion's letter is sealed for
# Built once: a location asks these every minute, and most often finds nothing.
LEAVING = (
    sa.select(Notice, Member)
    .join(Member, Member.id == Notice.member_id)
    .where(
        Notice.location_id == sa.bindparam("location"),
        Notice.state == "planned",
        Notice.leaves_at <= sa.bindparam("now"),
    )
    .order_by(Notice.leaves_at, Notice.id)
    .execution_options(populate_existing=True)
)
# What `record_delivery` may learn: a mail that arrived, or came back.
PROVEN = (
    sa.select(Notice.id)
    .join(OutboxMessage, OutboxMessage.dedupe_key == Notice.outbox_key)
    .where(
        Notice.location_id == sa.bindparam("location"),
        ((Notice.state == "sent") & (OutboxMessage.state == "sent"))
        | (Notice.state.in_(("sent", "delivered")) & OutboxMessage.state.in_(_PROVEN)),
    )
)


def plan(
    *,
    member_id: UUID,
    location_id: UUID,
    kind: str,
    source_id: UUID,
    about_on: date,
    leaves_at: datetime,
    facts: Mapping[str, Any],
) -> None:
    """Have a notice leave at an instant; planned before, it stays as it was.

    One that was dropped is planned anew. `facts` are plain JSON for the mail's template.
    """
    insert = insert_or(Notice).values(
        id=new_id(),
        member_id=member_id,
        location_id=location_id,
        kind=kind,
        source_id=source_id,
        about_on=about_on,
        leaves_at=leaves_at,
        state="planned",
        facts=dict(facts),
    )
    db.session.execute(
        insert.on_conflict_do_update(
            index_elements=["source_id", "kind", "about_on"],
            set_={"state": "planned", "leaves_at": leaves_at, "facts": insert.excluded.facts},
            where=_NOTICE.c.state == "dropped",
        )
    )


def send_due(location_id: UUID, *, now: datetime, limit: int = 500) -> int:
    """Put what leaves by now into the outbox; how many were sent.

    A late conversion notice names, and so moves, the date to so many days from now.
    """
    location = places.get(location_id)
    days = first_charge_days(location, on=local_date(now, location.zone))
    due = LEAVING.limit(limit).with_for_update(skip_locked=True, of=Notice)
    messages = []
    for notice, member in db.session.execute(due, {"location": location_id, "now": now}).all():
        if rules.is_stale(notice.kind, notice.about_on, on=local_date(now, location.zone)):
            notice.state = "dropped"
            continue
        messages.append(_sent(notice, member, location, days, now))
    outbox.put_many(messages)
    db.session.flush()
    return len(messages)


def record_delivery(location_id: UUID, *, now: datetime) -> int:
    """Read from the outbox what has left, or came back; how many notices learned of it."""
    mail = sa.select(OutboxMessage.sent_at).where(OutboxMessage.dedupe_key == _NOTICE.c.outbox_key)
    here = sa.update(_NOTICE).where(_NOTICE.c.location_id == location_id)
    came_back = (
        here.where(_NOTICE.c.state.in_(("sent", "delivered")))
        .where(mail.where(OutboxMessage.state.in_(_PROVEN)).exists())
        .values(state="failed")
    )
    arrived = (
        here.where(_NOTICE.c.state == "sent")
        .where(mail.where(OutboxMessage.state == "sent").exists())
        .values(state="delivered", delivered_at=mail.scalar_subquery())
    )
    connection = db.session.connection()
    return connection.execute(came_back).rowcount + connection.execute(arrived).rowcount


def first_charge_days(location: Location, *, on: date) -> int:
    """How long before a first charge a member is told here: by law, networks or the owner."""
    return rules.first_charge_days(policy_at(location, on).first_charge_notice_days)


def drop_for(source_id: UUID, kind: str) -> None:
    """What it would have told no longer happens; one that has left stays."""
    db.session.execute(
        sa.update(_NOTICE)
        .where(_NOTICE.c.source_id == source_id, _NOTICE.c.kind == kind)
        .where(_NOTICE.c.state == "planned")
        .values(state="dropped")
    )


def latest(source_id: UUID, kind: str) -> Notice | None:
    """The notice about the latest date that was not dropped."""
    return latest_of([source_id], kind).get(source_id)


def latest_of(source_ids: Collection[UUID], kind: str) -> dict[UUID, Notice]:
    """The same for many at once, by what they are about; those without one are left out."""
    if not source_ids:
        return {}
    query = (
        sa.select(Notice)
        .where(Notice.source_id.in_(source_ids), Notice.kind == kind, Notice.state != "dropped")
        .order_by(Notice.about_on)
        .execution_options(populate_existing=True)
    )
    return {notice.source_id: notice for notice in db.session.scalars(query)}


def _sent(
    notice: Notice, member: Member, location: Location, days: int, now: datetime
) -> outbox.Post:
    notice.about_on = rules.told_date(
        notice.kind, notice.about_on, sent_at=now, zone=location.zone, days=days
    )
    notice.state = "sent"
    notice.sent_at = now
    key = f"notice:{notice.id}"
    notice.outbox_key = key
    context = {
        **notice.facts,
        "name": member.name,
        "place_name": location.name,
        "about_on": day(notice.about_on),
    }
    if notice.kind == "conversion":
        context["decline_path"] = f"/plan/decline/{sealed(DECLINE, notice.source_id)}"
    return outbox.Post(
        dedupe_key=key,
        to=member.email,
        template=rules.TEMPLATES[notice.kind],
        context=context,
        now=now,
    )
