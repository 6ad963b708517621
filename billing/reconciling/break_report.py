"""Breaks as a manager sees them: what differs, for how long, and who looks after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.reconciling import breaks
from billing.rules import reconcile as rule
from config.db import db
from locations.models import Account, Location
from locations.tables import Column, Row, Table

_COLUMNS = (
    Column("difference", "Difference", "text"),
    Column("location", "Location", "text"),
    Column("about", "About", "text"),
    Column("detail", "Detail", "text"),
    Column("ours_cents", "Ours"),
    Column("theirs_cents", "At Stripe"),
    Column("since", "Since", "day"),
    Column("days", "Days", "count"),
    Column("owner", "Looked after by", "text"),
    Column("note", "Note", "text"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """An open break; amounts in minor units, nothing where a side is silent.

    `may_place` says that a person can give it a studio.
    """

    id: UUID
    words: str
    place_name: str
    about: str
    detail: str
    ours_cents: int | None
    theirs_cents: int | None
    currency: str
    since: date
    days: int
    owner: str
    note: str
    may_place: bool


def open_ones(mine: Sequence[Location], *, placeless: str, now: datetime) -> list[Shown]:
    """What is open at these locations, oldest first; see breaks.open_ones."""
    names = {place.id: place.name for place in mine}
    found = breaks.open_ones(location_ids=list(names), placeless=placeless)
    owners = _names({row.owner_account_id for row in found})
    return [
        Shown(
            row.id,
            rule.WORDS.get(row.kind, row.kind),
            names[row.location_id] if row.location_id else "",
            row.subject_key,
            row.detail,
            row.ours_cents,
            row.theirs_cents,
            row.currency,
            row.first_seen_at.date(),
            (now - row.first_seen_at).days,
            owners.get(row.owner_account_id, ""),
            row.note or "",
            row.kind in rule.PLACED_BY_HAND and row.location_id is None,
        )
        for row in found
    ]


def as_table(found: Sequence[Shown]) -> Table:
    """The same as rows; a side that is silent counts for nothing."""
    rows = [
        Row(
            {
                "difference": one.words,
                "location": one.place_name,
                "about": one.about,
                "detail": one.detail,
                "ours_cents": one.ours_cents or 0,
                "theirs_cents": one.theirs_cents or 0,
                "since": one.since,
                "days": one.days,
                "owner": one.owner,
                "note": one.note,
            }
        )
        for one in found
    ]
    return Table(_COLUMNS, rows, found[0].currency if found else "USD")


def _names(ids: set[UUID | None]) -> dict[UUID | None, str]:
    query = sa.select(Account.id, Account.name).where(Account.id.in_([i for i in ids if i]))
    return {row.id: row.name for row in db.session.execute(query)}
