"""The other way out of a run that could not bill a plan: the period is given, with a reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from billing import limits
from billing.models import Parked
from billing.runs import parking
from config import audit
from config.audit import Actor
from config.db import db
from config.errors import NotFound, Refused
from locations import places
from locations.rules.permissions import Grant
from membership.plans import given_periods
from membership.plans.given_periods import Given

RELEASED = "Somebody has released this already."


def give(
    parked_id: UUID, *, reason: str, grants: frozenset[Grant], by: Actor, now: datetime
) -> Given:
    """Give the period of a plan that is held back, and let the next run have the plan again.

    Raises Refused: "above_limit" for more than these roles may give away, "released", and what
    `given_periods.give` refuses.
    """
    found = db.session.get(Parked, parked_id, with_for_update=True, populate_existing=True)
    if found is None or found.location_id is None or found.subject_type != "membership":
        raise NotFound("parked item")
    if found.resolved_at is not None:
        raise Refused("released", RELEASED)
    membership_id, place = UUID(found.subject_key), places.get(found.location_id)
    on = places.business_date(place, now)
    limits.require(given_periods.price_of(membership_id), grants=grants, location=place, on=on)
    given = given_periods.give(membership_id, reason=reason, by=by, on=on, now=now)
    parking.release(found.id, by=by, now=now)
    audit.record(
        actor=by,
        action="period.given",
        subject_type="membership",
        subject_id=membership_id,
        location_id=place.id,
        facts={
            "start": given.start.isoformat(),
            "end": given.end.isoformat(),
            "price_cents": given.price_cents,
            "reason": " ".join(reason.split()),
        },
        now=now,
    )
    return given
