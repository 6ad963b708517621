"""What expired and may still be claimed in cash, by when it becomes dormant under the land's rules.

Dormant value is no income: it goes to the state, which is a person's act (membership/turnovers).
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.calendar import add_months, month_of
from config.db import db
from locations import details, places, turnovers
from locations.asked_places import together
from locations.models import JournalEntry, Location, Posting
from locations.months_asked import Asked
from locations.policy import policy_at
from locations.rules.months import month_after
from locations.tables import Column, Row, Table, summed

WAITING, DORMANT = "waiting", "dormant"
PARTS = "manager.unclaimed_parts"
COLUMNS = (
    Column("month", "Expired in", "month"),
    Column("location", "Location", "text"),
    Column("product", "Product", "text"),
    Column("dormant_from", "Dormant from", "text"),
    Column("waiting_cents", "May still be claimed", behind=PARTS, asks={"state": WAITING}),
    Column("dormant_cents", "To be reported", behind=PARTS, asks={"state": DORMANT}),
)
MOST = 5_000
_MONEY = ("waiting_cents", "dormant_cents")


def table(asked: Asked) -> Table:
    """What expired in these months and was neither given back nor claimed since.

    What went to the state is not among it. Value of a month becomes dormant on the day after the
    rules' years have passed; each expiry counts by its own day.
    """
    group = together(asked.chosen)
    cells: dict[tuple[date, UUID, str], Counter[str]] = {}
    first_dormant: dict[tuple[date, UUID, str], str] = {}
    for one in by_day(group.ids, first=asked.first, last=asked.last):
        place = group.by_id[one.location_id]
        key = (month_of(one.occurred_on), place.id, one.product)
        which = state(place, one.occurred_on, now=asked.now)
        cells.setdefault(key, Counter())[f"{which}_cents"] += one.cents
        first_dormant.setdefault(key, dormant_from(place, one.occurred_on))
    rows = [
        Row(
            {
                "month": key[0],
                "location": group.by_id[key[1]].name,
                "product": key[2],
                "dormant_from": first_dormant[key],
                **{name: cells[key][name] for name in _MONEY},
            },
            key[0],
            key[0],
            group.by_id[key[1]].slug,
            asks={"product": key[2]},
        )
        for key in sorted(cells, key=lambda k: (k[0], group.ids.index(k[1]), k[2]))
    ]
    return Table(COLUMNS, rows, group.currency, summed(rows, _MONEY))


class Dormant(NamedTuple):
    """An expiry whose value is to be turned over; `credit_entry_id` is the movement behind it."""

    entry_id: UUID
    credit_entry_id: UUID
    product: str
    expired_on: date
    amount_cents: int


def dormant(place: Location, *, on: date) -> list[Dormant]:
    """What is to be turned over at a location on a local date: the oldest first, MOST at once."""
    entry = JournalEntry
    query = (
        sa.select(entry.id, entry.source_id, entry.product, entry.occurred_on, CENTS)
        .where(STANDING, Posting.location_id == place.id, entry.occurred_on < on)
        .join(Posting, Posting.entry_id == entry.id)
        .order_by(entry.occurred_on, entry.id)
    )
    found: list[Dormant] = []
    for row in db.session.execute(query):
        if _state(place, row.occurred_on, on=on) == DORMANT and row[-1]:
            found.append(Dormant(*row))
        if len(found) == MOST:
            break
    return found


def dormancy_date(place: Location, expired_on: date) -> date | None:
    """The day from which unclaimed value is to be reported; none where the rules know no such day.

    The rules that held when it expired decide.
    """
    years = policy_at(place, expired_on).dormancy_years
    return add_months(expired_on, 12 * years, anchor_day=expired_on.day) if years else None


def dormant_from(place: Location, expired_on: date) -> str:
    """The same as reports write it."""
    day = dormancy_date(place, expired_on)
    return day.isoformat() if day else "never"


def state(place: Location, expired_on: date, *, now: datetime) -> str:
    """Whether what expired on a day is dormant by now, or still waits for its owner."""
    return _state(place, expired_on, on=places.business_date(place, now))


def _state(place: Location, expired_on: date, *, on: date) -> str:
    day = dormancy_date(place, expired_on)
    return WAITING if day is None or on < day else DORMANT


class OfDay(NamedTuple):
    """What waits of one day's expiries of a product at a location, in minor units."""

    occurred_on: date
    location_id: UUID
    product: str
    cents: int


CENTS = -Posting.amount_cents
_back = aliased(JournalEntry)
# Expiries whose value still waits: not given back, not claimed, not with the state.
STANDING = sa.and_(
    JournalEntry.kind == "expiry",
    Posting.account == "expired_refundable",
    ~sa.exists().where(
        _back.corrects_id == JournalEntry.id, _back.kind.in_(("expiry_undone", "taken_back"))
    ),
    ~turnovers.is_over(JournalEntry.id),
)


def by_day(location_ids: list[UUID], *, first: date, last: date) -> list[OfDay]:
    """What still waits of each day's expiries, oldest first; `first` and `last` are months.

    The monthly sums tell where any is: most expiries are breakage, and are not looked through.
    """
    sums = details.sums(location_ids, ["expired_refundable"], first=first, last=last)
    held = [one for one in sums if one.month is not None and one.kind == "expiry"]
    if not held:
        return []
    months = [one.month for one in held if one.month is not None]
    key = (JournalEntry.occurred_on, Posting.location_id, JournalEntry.product)
    query = (
        sa.select(*key, sa.cast(sa.func.sum(CENTS), sa.BigInteger))
        .where(
            STANDING,
            JournalEntry.occurred_on >= min(months),
            JournalEntry.occurred_on < month_after(max(months)),
            Posting.location_id.in_({one.location_id for one in held}),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .group_by(*key)
        .order_by(*key)
    )
    return [OfDay(*row) for row in db.session.execute(query)]
