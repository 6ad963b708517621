"""What expired and may still be claimed in cash, by when it becomes dormant under the land's rules.

Dormant value is no income: it goes to the state, which is a person's act (membership/turnovers).
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.calendar import add_months, month_of
from config.db import db
from locations import places, turnovers
from locations.asked_places import together
from locations.models import JournalEntry, Location, Posting
from locations.months_asked import Asked
from locations.policy import policy_at
from locations.rules.months import month_after
from locations.tables import Column, Row, Table, summed

COLUMNS = (
    Column("month", "Expired in", "month"),
    Column("location", "Location", "text"),
    Column("product", "Product", "text"),
    Column("dormant_from", "Dormant from", "text"),
    Column("waiting_cents", "May still be claimed"),
    Column("dormant_cents", "To be reported"),
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
    for entry, location_id, cents in _standing(group.ids, asked.first, month_after(asked.last)):
        place = group.by_id[location_id]
        key = (month_of(entry.occurred_on), place.id, entry.product)
        dormant_from = dormancy_date(place, entry.occurred_on)
        on = places.business_date(place, asked.now)
        waits = dormant_from is None or on < dormant_from
        cells.setdefault(key, Counter())["waiting_cents" if waits else "dormant_cents"] += cents
        first_dormant.setdefault(key, dormant_from.isoformat() if dormant_from else "never")
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
            key[2],
            "expired_refundable",
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
    found: list[Dormant] = []
    for entry, _, cents in _standing([place.id], date.min, on):
        dormant_from = dormancy_date(place, entry.occurred_on)
        if dormant_from is not None and dormant_from <= on and cents:
            found.append(
                Dormant(entry.id, entry.source_id, entry.product, entry.occurred_on, cents)
            )
        if len(found) == MOST:
            break
    return found


def dormancy_date(place: Location, expired_on: date) -> date | None:
    """The day from which unclaimed value is to be reported; none where the rules know no such day.

    The rules that held when it expired decide.
    """
    years = policy_at(place, expired_on).dormancy_years
    return add_months(expired_on, 12 * years, anchor_day=expired_on.day) if years else None


def _standing(
    location_ids: list[UUID], since: date, until: date
) -> list[tuple[JournalEntry, UUID, int]]:
    """Expiries of these days whose value still waits, oldest first: where, and worth what."""
    back = aliased(JournalEntry)
    undone = sa.exists().where(
        back.corrects_id == JournalEntry.id, back.kind.in_(("expiry_undone", "taken_back"))
    )
    query = (
        sa.select(JournalEntry, Posting.location_id, Posting.amount_cents)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(
            JournalEntry.occurred_on >= since,
            JournalEntry.occurred_on < until,
            JournalEntry.kind == "expiry",
            Posting.location_id.in_(location_ids),
            Posting.account == "expired_refundable",
            ~undone,
            ~turnovers.is_over(JournalEntry.id),
        )
        .order_by(JournalEntry.occurred_on, JournalEntry.id)
    )
    return [(row[0], row[1], -row[2]) for row in db.session.execute(query)]
