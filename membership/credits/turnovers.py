"""Turning over to the state what expired, stayed refundable and was claimed by nobody for years.

The claim ends with it: what went to the state is asked back there, and goes back in money from us
no more. (To become sessions again it is too late by then: a pack is extended by days, not years.)
Undone, it may be claimed as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import Refused, invalid_field
from config.ids import new_id
from locations import ledger, places, turnovers, unclaimed
from locations.rules.dormancy import turned_over, turnover_undone
from locations.unclaimed import Dormant
from membership.models import CreditEntry, CreditGrant

REFUSALS = {
    "nothing_dormant": "Nothing is to be turned over here on that day.",
    "amount_changed": "This is not what is to be turned over any more: please look once more.",
    "reference_used": "This reference is written down already.",
    "nothing_to_undo": "Nothing was turned over here under this reference.",
}


def turn_over(
    location_id: UUID, *, amount_cents: int, on: date, reference: str, by: Actor, now: datetime
) -> int:
    """Write down that all that is dormant at a location on a day was paid to the state, in the
    caller's transaction; returns of how many expiries.

    `amount_cents` is what was shown and paid. Refused by name; two at once wait for each other,
    and whoever claims meanwhile waits too.
    """
    place = places.held(location_id)
    if on > places.business_date(place, now):
        raise invalid_field("/on", "This day is still to come.")
    if turnovers.standing(location_id, reference=reference):
        raise _refuse("reference_used")
    _lock(unclaimed.dormant(place, on=on))
    claims = unclaimed.dormant(place, on=on)
    total = sum(claim.amount_cents for claim in claims)
    if not total:
        raise _refuse("nothing_dormant")
    if total != amount_cents:
        raise _refuse("amount_changed")
    entries = [
        turned_over(
            turnover_id=new_id(),
            corrects_id=claim.entry_id,
            on=on,
            currency=place.currency,
            location_id=place.id,
            product=claim.product,
            amount_cents=claim.amount_cents,
            reference=reference,
        )
        for claim in claims
    ]
    ledger.post(entries, now=now)
    _note("turned_over", place.id, reference, total, None, by=by, now=now)
    return len(entries)


def undo(location_id: UUID, *, reference: str, reason: str, by: Actor, now: datetime) -> int:
    """Take it back by opposite entries of today, in the caller's transaction; returns the cents.

    Refused("nothing_to_undo") where nothing stands under this reference.
    """
    place = places.held(location_id)
    stands = turnovers.standing(location_id, reference=reference)
    if not stands:
        raise _refuse("nothing_to_undo")
    cents = turnovers.worth(stands)
    entries = [
        turnover_undone(
            turnover_id=entry.source_id,
            corrects_id=entry.id,
            on=places.business_date(place, now),
            currency=entry.currency,
            location_id=place.id,
            product=entry.product,
            amount_cents=cents[entry.id],
            reason=reason,
        )
        for entry in stands
    ]
    ledger.post(entries, now=now)
    total = sum(cents.values())
    _note("turnover_undone", place.id, reference, total, reason, by=by, now=now)
    return total


def _lock(claims: Sequence[Dormant]) -> None:
    """Hold the grants they came from, in the order in which everybody does."""
    moved = sa.select(CreditEntry.grant_id).where(
        CreditEntry.id.in_([claim.credit_entry_id for claim in claims])
    )
    query = sa.select(CreditGrant.id).where(CreditGrant.id.in_(moved)).order_by(CreditGrant.id)
    db.session.execute(query.with_for_update()).all()


def _refuse(code: str) -> Refused:
    return Refused(code, REFUSALS[code])


def _note(
    action: str,
    location_id: UUID,
    reference: str,
    cents: int,
    reason: str | None,
    *,
    by: Actor,
    now: datetime,
) -> None:
    audit.record(
        actor=by,
        action=f"unclaimed.{action}",
        subject_type="location",
        subject_id=location_id,
        location_id=location_id,
        facts={"reference": reference, "cents": cents, "reason": reason},
        now=now,
    )
