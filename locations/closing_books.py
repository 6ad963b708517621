"""Closes a calendar month of the books for the whole group, once, in order, and for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import Refused
from config.formats import month as month_words
from locations import locked_months, places
from locations.models import LedgerMonth, LocationDay, PeriodLock
from locations.rules.months import month_after, next_to_lock


@dataclass(frozen=True, slots=True)
class Closing:
    """How far the books are closed: the locked months, newest first, the next one, and the
    sentence why it may not be locked yet (none where it may, or where there is none).
    """

    locked: Sequence[PeriodLock]
    next_month: date | None
    why_not: str | None


def overview(now: datetime) -> Closing:
    """What is locked, and what may be locked next."""
    locked = db.session.scalars(sa.select(PeriodLock).order_by(PeriodLock.month.desc())).all()
    following = _next()
    refusal = None if following is None else _refusal(following, now)
    return Closing(locked, following, refusal.message if refusal else None)


def lock(month: date, *, by: Actor, now: datetime) -> PeriodLock:
    """Lock the month that begins on this day, in the caller's transaction.

    Refused("month_running") until its last studio's zone has left it, ("days_left") while a
    studio's jobs have not lived through it, ("not_in_order") where an earlier one is open,
    ("month_locked") where it is locked, ("nothing_booked") before the first entry.
    """
    locked_months.hold_closed()
    following = _next()
    if following is None:
        raise Refused("nothing_booked", "Nothing is in the books yet.")
    if month < following:
        raise Refused("month_locked", f"{month_words(month)} is locked, or was before the books.")
    if month > following:
        raise Refused("not_in_order", f"{month_words(following)} comes first.")
    refusal = _refusal(month, now)
    if refusal is not None:
        raise refusal
    row = PeriodLock(month=month, locked_at=now, by_account_id=by.id)
    db.session.add(row)
    db.session.flush()
    audit.record(
        actor=by,
        action="month_locked",
        subject_type="period_lock",
        subject_id=None,
        location_id=None,
        facts={"month": month},
        now=now,
    )
    return row


def _next() -> date | None:
    last = locked_months.last_locked()
    first = db.session.scalar(sa.select(sa.func.min(LedgerMonth.month)))
    return next_to_lock([last] if last else [], first_booked=first)


def _refusal(month: date, now: datetime) -> Refused | None:
    """Why a month may not be locked at this instant, whatever its order."""
    after = month_after(month)
    for place in places.open_ones():
        if places.business_date(place, now) < after:
            return Refused("month_running", f"{month_words(month)} is not over in {place.name}.")
    behind = sa.select(LocationDay.location_id).where(
        LocationDay.high_water < date.fromordinal(after.toordinal() - 1)
    )
    late = set(db.session.scalars(behind))
    for place in places.open_ones():
        if place.id in late:
            return Refused(
                "days_left", f"{place.name} has days of {month_words(month)} still to work off."
            )
    return None
