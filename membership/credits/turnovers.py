"""Turning over to the state what expired, stayed refundable and was claimed by nobody for years.

The claim ends with it: what went to the state is asked back there, and goes back in money from us
no more. (To become sessions again it is too late by then: a pack is extended by days, not years.)
Undone, it may be claimed as before. The act, with what else is dormant, is billing/turnovers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.ids import new_id
from locations import ledger, places, turnovers, unclaimed
from locations.models import Location
from locations.rules.dormancy import SOURCE, turned_over, turnover_undone
from locations.unclaimed import Dormant
from membership.models import CreditEntry, CreditGrant, Member


def held(place: Location, *, on: date) -> list[Dormant]:
    """What expired at a location and is dormant on a day, held until the commit: whoever claims it
    meanwhile waits.
    """
    _lock(unclaimed.dormant(place, on=on))
    return unclaimed.dormant(place, on=on)


def owners(claims: Sequence[Dormant]) -> dict[UUID, str]:
    """Whom each of these expiries belongs to, by its journal entry: the member's name."""
    query = (
        sa.select(CreditEntry.id, Member.name)
        .join(CreditGrant, CreditGrant.id == CreditEntry.grant_id)
        .join(Member, Member.id == CreditGrant.member_id)
        .where(CreditEntry.id.in_([claim.credit_entry_id for claim in claims]))
    )
    names = {row[0]: row[1] for row in db.session.execute(query)}
    return {claim.entry_id: names[claim.credit_entry_id] for claim in claims}


def turn_over(
    place: Location, claims: Sequence[Dormant], *, on: date, reference: str, now: datetime
) -> None:
    """Write down that these expiries, which are held, were paid to the state on a day."""
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


def undo(place: Location, *, reference: str, reason: str, now: datetime) -> int:
    """Take what expired and went to the state under a reference back by opposite entries of today;
    returns the cents.
    """
    stands = turnovers.standing(place.id, reference=reference, source_type=SOURCE)
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
    return sum(cents.values())


def _lock(claims: Sequence[Dormant]) -> None:
    """Hold the grants they came from, in the order in which everybody does."""
    moved = sa.select(CreditEntry.grant_id).where(
        CreditEntry.id.in_([claim.credit_entry_id for claim in claims])
    )
    query = sa.select(CreditGrant.id).where(CreditGrant.id.in_(moved)).order_by(CreditGrant.id)
    db.session.execute(query.with_for_update()).all()
