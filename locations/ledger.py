"""Posts into the books, and sums them. Append-only: an undo is an opposite entry."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from config.base import Base
from config.bulk import transposed
from config.db import db, dialect, in_transaction, insert_columns
from config.ids import new_id
from locations import locked_months
from locations.models import JournalEntry, LedgerDetail, LedgerMonth, LedgerRollup, Posting
from locations.rules.entries import (
    DayKey,
    DetailKey,
    Entry,
    Leg,
    Sums,
    check,
    sums_by_day,
    sums_by_detail,
    sums_by_month,
)

# How many writers may post to one day at once without waiting for each other (PostgreSQL;
# SQLite has one writer anyway).
SLOTS = 4


def post(entries: Sequence[Entry], *, now: datetime) -> None:
    """Write entries with their postings and roll-ups, in the caller's transaction.

    All are checked before the first is written (`Unbalanced` names the defect). A source that
    was posted before under the same kind violates a constraint: nothing is booked twice. What
    belongs to a locked month is dated on the first open day, and keeps the name of its month.
    """
    if not in_transaction():
        raise RuntimeError("books are written inside an edge's transaction")
    moving = [entry for entry in entries if entry.legs]
    if not moving:
        return
    for entry in {id(entry.legs): entry for entry in moving}.values():
        check(entry)
    moving = locked_months.dated(moving, now=now)
    ids = [new_id() for _ in moving]
    insert_columns(JournalEntry, _entry_columns(moving, ids, now))
    insert_columns(Posting, _leg_columns(moving, ids))
    days = sums_by_day(moving)
    _add_up(LedgerRollup, {"day": "business_day"}, days)
    _add_up(LedgerMonth, {"day": "month"}, sums_by_month(days))
    _add_up(LedgerDetail, {}, sums_by_detail(moving))


def entry_for(source_id: UUID, kind: str) -> JournalEntry | None:
    """The entry a source made in the books, if it moved them."""
    return db.session.scalar(
        sa.select(JournalEntry).where(
            JournalEntry.source_id == source_id, JournalEntry.kind == kind
        )
    )


def legs_of(entry_ids: Collection[UUID]) -> Mapping[UUID, tuple[Leg, ...]]:
    """The sides of these entries as they were booked, by entry."""
    found: dict[UUID, list[Leg]] = {}
    query = sa.select(Posting).where(Posting.entry_id.in_(entry_ids))
    for row in db.session.scalars(query.order_by(Posting.entry_id, Posting.n)):
        leg = Leg(row.account, row.location_id, row.amount_cents, row.detail)
        found.setdefault(row.entry_id, []).append(leg)
    return {entry_id: tuple(legs) for entry_id, legs in found.items()}


def balance(account: str, location_id: UUID, *, until: date | None = None) -> int:
    """What an account of a location holds, debit positive, in minor units.

    `until` leaves out that business day and all after it.
    """
    return totals(location_id, until=until).get(account, 0)


def totals(location_id: UUID, *, until: date | None = None) -> Mapping[str, int]:
    """Every account's balance at a location, debit positive; they sum to zero."""
    net = sa.func.sum(LedgerRollup.debit_cents - LedgerRollup.credit_cents)
    query = (
        sa.select(LedgerRollup.account, sa.cast(net, sa.BigInteger).label("cents"))
        .where(LedgerRollup.location_id == location_id)
        .group_by(LedgerRollup.account)
    )
    if until is not None:
        query = query.where(LedgerRollup.business_day < until)
    return {row.account: row.cents for row in db.session.execute(query)}


def slot() -> int:
    """Which of a sum's rows this writer adds to, so that several need not wait for each other."""
    return 0 if dialect() == "sqlite" else threading.get_native_id() % SLOTS


def _entry_columns(entries: Sequence[Entry], ids: Sequence[UUID], now: datetime) -> dict[str, Any]:
    columns = transposed(entries)._asdict()
    del columns["legs"]
    return {"id": ids, "recorded_at": [now] * len(ids), **columns}


def _leg_columns(entries: Sequence[Entry], ids: Sequence[UUID]) -> dict[str, Any]:
    return {
        "entry_id": [id_ for e, id_ in zip(entries, ids, strict=True) for _ in e.legs],
        "n": [n for e in entries for n in range(len(e.legs))],
        "currency": [e.currency for e in entries for _ in e.legs],
        **transposed([leg for e in entries for leg in e.legs])._asdict(),
    }


def _add_up(
    model: type[Base],
    named: Mapping[str, str],
    sums: Mapping[DayKey, Sums] | Mapping[DetailKey, Sums],
) -> None:
    """Add to the roll-ups, in the order of their keys: unsorted writers would deadlock.

    `named` tells which part of the key goes by another name in the table.
    """
    if not sums:
        return
    rows = sorted(sums.items())
    key = transposed([key for key, _ in rows])._asdict()
    columns = {
        **{named.get(part, part): values for part, values in key.items()},
        "slot": [slot()] * len(rows),
        **transposed([added for _, added in rows])._asdict(),
    }
    insert_columns(model, columns, adding=Sums._fields)
