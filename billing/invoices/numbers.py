"""Gapless numbers per location, year and series, taken inside the finalising transaction."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from billing.models import NumberCounter
from config.db import db
from locations.upsert import insert_or

Series = Literal["invoice", "credit_note"]


def take(location_id: UUID, *, year: int, count: int, series: Series = "invoice") -> int:
    """Reserve `count` numbers of a series and return the first. A rollback gives them back.

    The counter's row stays locked until the transaction ends, which is why a location's run
    is the work of one worker: numbers without gaps are handed out one transaction at a time.
    """
    if count < 1:
        raise ValueError("taking no numbers is a mistake in the caller")
    row = {
        "location_id": location_id,
        "year": year,
        "series": series,
        "next_number": 1 + count,
    }
    added = NumberCounter.next_number + count
    insert = insert_or(NumberCounter).values(row)
    taken = insert.on_conflict_do_update(
        index_elements=["location_id", "year", "series"], set_={"next_number": added}
    ).returning(NumberCounter.__table__.c.next_number)
    return db.session.execute(taken).scalar_one() - count


def next_free(location_id: UUID, *, year: int) -> int:
    """The number that would be taken next, for the doctor and a rehearsal."""
    found = db.session.scalar(
        sa.select(NumberCounter.next_number).where(
            NumberCounter.location_id == location_id,
            NumberCounter.year == year,
            NumberCounter.series == "invoice",
        )
    )
    return found or 1
