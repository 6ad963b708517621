"""Notices for those who run a studio: what came back, and the proof of what arrived."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import NotFound, Refused
from config.models import OutboxMessage
from locations.models import Location
from membership.models import Member, Notice

# Without these, delivered, money is not taken or taken as before.
ABOUT_MONEY = ("conversion", "step_down", "price_rise_1", "price_rise_2", "price_rise_3")
KEPT_IN_VIEW = timedelta(days=90)
WORDS = {
    "conversion": "First charge after a starter",
    "step_down": "Lower tier",
    "price_rise_1": "Price rise, first letter",
    "price_rise_2": "Price rise, second letter",
    "price_rise_3": "Price rise, third letter",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A notice about money: to whom, about which day, and what is known of its way.

    `why` is what the mail's way said where it came back.
    """

    id: UUID
    member_id: UUID
    member_name: str
    place_name: str
    zone: str
    what: str
    about_on: date
    state: str
    sent_at: datetime | None
    delivered_at: datetime | None
    why: str | None
    can_repeat: bool


def came_back(location_ids: Collection[UUID], *, now: datetime) -> list[Told]:
    """Letters that did not arrive, newest first: nothing is charged on them."""
    return _listed(location_ids, ("failed",), now=now, limit=200)


def on_their_way(location_ids: Collection[UUID], *, now: datetime, limit: int) -> list[Told]:
    """The others of the last 90 days, newest first, each with its proof."""
    return _listed(location_ids, ("planned", "sent", "delivered"), now=now, limit=limit)


def repeat(notice_id: UUID, *, by: Actor, now: datetime) -> Notice:
    """Let a letter about a first charge that came back be written again, with a later date.

    The job of the day plans it. Raises NotFound, or Refused for another kind or state.
    """
    query = sa.select(Notice).where(Notice.id == notice_id).with_for_update()
    notice = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if notice is None:
        raise NotFound("notice")
    if notice.state != "failed" or notice.kind != "conversion":
        raise Refused("not_repeatable", "This letter cannot be sent again.")
    notice.state = "dropped"
    db.session.flush()
    audit.record(
        actor=by,
        action="notice.repeated",
        subject_type="notice",
        subject_id=notice.id,
        location_id=notice.location_id,
        facts={"kind": notice.kind, "about_on": notice.about_on},
        now=now,
    )
    return notice


def location_of(notice_id: UUID) -> UUID:
    """Which studio a notice is of. Raises NotFound."""
    found = db.session.scalar(sa.select(Notice.location_id).where(Notice.id == notice_id))
    if found is None:
        raise NotFound("notice")
    return found


def _listed(
    location_ids: Collection[UUID], states: Sequence[str], *, now: datetime, limit: int
) -> list[Told]:
    query = (
        sa.select(Notice, Member.name, Location.name, Location.zone, OutboxMessage.error)
        .join(Member, Member.id == Notice.member_id)
        .join(Location, Location.id == Notice.location_id)
        .outerjoin(OutboxMessage, OutboxMessage.dedupe_key == Notice.outbox_key)
        .where(
            Notice.location_id.in_(list(location_ids)),
            Notice.kind.in_(ABOUT_MONEY),
            Notice.state.in_(states),
            Notice.leaves_at > now - KEPT_IN_VIEW,
        )
        .order_by(Notice.leaves_at.desc(), Notice.id.desc())
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [
        Told(
            id=notice.id,
            member_id=notice.member_id,
            member_name=name,
            place_name=place,
            zone=zone,
            what=WORDS[notice.kind],
            about_on=notice.about_on,
            state=notice.state,
            sent_at=notice.sent_at,
            delivered_at=notice.delivered_at,
            why=error,
            can_repeat=notice.state == "failed" and notice.kind == "conversion",
        )
        for notice, name, place, zone, error in db.session.execute(query)
    ]
