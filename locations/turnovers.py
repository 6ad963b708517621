"""What went to the state of value that nobody claimed, read from the books."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from config.db import db
from locations.models import JournalEntry, Posting
from locations.rules.dormancy import TURNED_OVER, UNDONE


class TurnedOver(NamedTuple):
    """What was turned over under one reference: on which day, and how much in minor units."""

    reference: str
    on: date
    count: int
    amount_cents: int


def is_over(
    entry_id: sa.ColumnElement[UUID] | InstrumentedAttribute[UUID],
) -> sa.ColumnElement[bool]:
    """Whether what this expiry left to be claimed went to the state, and was not taken back."""
    over, undone = aliased(JournalEntry), aliased(JournalEntry)
    return sa.exists().where(
        over.corrects_id == entry_id,
        over.kind == TURNED_OVER,
        ~sa.exists().where(undone.corrects_id == over.id, undone.kind == UNDONE),
    )


def standing(
    location_id: UUID, *, reference: str | None = None, source_type: str | None = None
) -> list[JournalEntry]:
    """The entries of a location that turned value over and stand, oldest first; of any source, or
    of one.
    """
    undone = aliased(JournalEntry)
    query = sa.select(JournalEntry).where(
        JournalEntry.kind == TURNED_OVER,
        JournalEntry.sold_at == location_id,
        ~sa.exists().where(undone.corrects_id == JournalEntry.id, undone.kind == UNDONE),
    )
    if reference is not None:
        query = query.where(JournalEntry.reason == reference)
    if source_type is not None:
        query = query.where(JournalEntry.source_type == source_type)
    return list(db.session.scalars(query.order_by(JournalEntry.occurred_on, JournalEntry.id)))


def by_reference(location_id: UUID) -> list[TurnedOver]:
    """The same summed by the bank's reference, the newest first."""
    entries = standing(location_id)
    cents = worth(entries)
    found: dict[str, TurnedOver] = {}
    for entry in entries:
        reference = entry.reason or ""
        known = found.get(reference) or TurnedOver(reference, entry.occurred_on, 0, 0)
        found[reference] = known._replace(
            count=known.count + 1, amount_cents=known.amount_cents + cents[entry.id]
        )
    return sorted(found.values(), key=lambda one: (one.on, one.reference), reverse=True)


def worth(entries: list[JournalEntry]) -> dict[UUID, int]:
    """What each of these moved out of the bank, in minor units."""
    query = sa.select(Posting.entry_id, Posting.amount_cents).where(
        Posting.entry_id.in_([entry.id for entry in entries]), Posting.account == "bank"
    )
    return {row.entry_id: -row.amount_cents for row in db.session.execute(query)}
