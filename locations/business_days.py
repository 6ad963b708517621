"""How far the work of a location's business dates has come, and who waits because time leapt."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from uuid import UUID

import sqlalchemy as sa

from config.base import table_of
from config.db import carry_out, db, dialect
from config.errors import Refused, invalid_field
from config.statements import Statement
from locations import places
from locations.models import Location, LocationDay
from locations.rules.days import DaysDue
from locations.rules.days import days_due as days_still_due
from locations.upsert import insert_or


def days_due(location: Location, *, now: datetime, max_jump_days: int) -> DaysDue:
    """The business dates whose work is not over, oldest first; today stays due all day.

    Writes down since when a location is held; `release_hold` lets it go on.
    """
    day = _day_of(location.id)
    due = days_still_due(
        high_water=day.high_water if day else None,
        today=places.business_date(location, now),
        max_jump_days=max_jump_days,
    )
    if day is not None and due.held and day.held_since is None:
        day.held_since = now
        db.session.flush()
    return due


def reached(location_id: UUID, on: date) -> None:
    """A date's work is done. An earlier date than one already reached changes nothing."""
    carry_out(_reaching(dialect()), location=location_id, on=on)


@cache
def _reaching(_dialect: str) -> Statement:
    insert = insert_or(LocationDay).values(
        location_id=sa.bindparam("location"), high_water=sa.bindparam("on"), held_since=None
    )
    return Statement(
        insert.on_conflict_do_update(
            index_elements=["location_id"],
            set_={"high_water": insert.excluded.high_water, "held_since": None},
            where=table_of(LocationDay).c.high_water < insert.excluded.high_water,
        )
    )


def release_hold(location_id: UUID, *, resume_on: date) -> None:
    """A person has looked at the clock: go on from `resume_on`; what is older is due on it.

    Refused unless the location is held; never goes back behind what was reached.
    """
    day = _day_of(location_id)
    if day is None or day.held_since is None:
        raise Refused("not_held", "This location is not held.")
    if resume_on <= day.high_water:
        raise invalid_field("/resume_on", "must be after the last finished day")
    day.high_water = date.fromordinal(resume_on.toordinal() - 1)
    day.held_since = None
    db.session.flush()


def held_ones() -> list[Location]:
    """Locations whose jobs wait for a person, because time leapt."""
    query = sa.select(Location).join(LocationDay).where(LocationDay.held_since.is_not(None))
    return list(db.session.scalars(query.order_by(Location.name)))


def _day_of(location_id: UUID) -> LocationDay | None:
    # Anew, not from the session: `reached` writes past it.
    return db.session.get(LocationDay, location_id, populate_existing=True)
