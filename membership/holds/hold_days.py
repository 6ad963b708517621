"""What a business day does to holds: those whose first day has come begin, others end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.audit import SYSTEM
from config.db import db
from config.questions import Questions
from membership.holds import hold_letters, hold_rows, hold_steps
from membership.models import Hold, Membership
from membership.plans.membership_rows import locked
from membership.rules.answers import Moves
from membership.rules.membership_status import answer

# Built once: a location asks these every minute, and most often finds nothing.
_OF_PLACE = (
    sa.select(Hold.id, Hold.membership_id)
    .join(Membership, Membership.id == Hold.membership_id)
    .where(Membership.location_id == sa.bindparam("location"))
    .order_by(Hold.membership_id, Hold.id)
)
STARTING = _OF_PLACE.where(
    Hold.state == "scheduled",
    Hold.start <= sa.bindparam("on"),
    Hold.start <= Membership.next_due_on,
    sa.or_(Membership.ends_on.is_(None), Hold.start < Membership.ends_on),
)
OVER = _OF_PLACE.where(Hold.state == "running", Hold.end <= sa.bindparam("on"))
_TURNS = Questions({"starting": STARTING, "over": OVER})


def idle(location_id: UUID, *, on: date) -> bool:
    """Whether nothing begins or ends on a date."""
    return {"starting", "over"} <= _TURNS.idle({"location": location_id, "on": on})


def start_due(location_id: UUID, *, on: date, now: datetime, limit: int) -> int:
    """Begin up to `limit` holds whose first day has come; how many began or were dropped.

    In arrears one that is not medical is dropped, and its member told.
    """
    turned = 0
    asked = {"location": location_id, "on": on}
    for hold_id, membership_id in db.session.execute(STARTING.limit(limit), asked).all():
        membership, hold = locked(membership_id), hold_rows.read(hold_id)
        if hold.state != "scheduled" or not hold_steps.can_begin(membership, hold, on=on):
            continue
        if _may_begin(membership, hold):
            hold_steps.begin(membership, hold, by=SYSTEM, now=now)
        else:
            hold_steps.drop(membership, hold, by=SYSTEM, now=now)
            hold_letters.dropped(membership, hold, now=now)
        turned += 1
    return turned


def end_due(location_id: UUID, *, on: date, now: datetime, limit: int) -> Sequence[Hold]:
    """End up to `limit` holds whose last day has passed, and return them."""
    ended = []
    asked = {"location": location_id, "on": on}
    for hold_id, membership_id in db.session.execute(OVER.limit(limit), asked).all():
        membership, hold = locked(membership_id), hold_rows.read(hold_id)
        if hold.state != "running" or hold.end > on:
            continue
        hold.state = "ended"
        hold_steps.thaw(membership, hold, on=hold.end, now=now)
        hold_steps.record(hold, membership, "hold.ended", by=SYSTEM, now=now)
        hold_letters.over(membership, hold, now=now)
        ended.append(hold)
    return ended


def _may_begin(membership: Membership, hold: Hold) -> bool:
    """A medical one begins whatever is owed; others only where nothing is."""
    if hold.kind == "medical":
        return membership.status != "ended"
    return isinstance(answer(membership.status, "hold_start"), Moves)
