"""Money that leaves a studio's bank for what its books owe: one way to write it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import Refused, invalid_field
from locations import ledger
from locations.models import Settlement, TaxRemittance
from locations.rules.entries import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What was paid: minor units, the studio's day, the bank's word for it, and who says so.

    `key` is the form's own: the same form sent twice is one payment.
    """

    key: UUID
    amount_cents: int
    on: date
    reference: str
    by: Actor


def require_owed(
    paid: Paid, *, owed_cents: int, opened_on: date, today: date, refusal: str
) -> None:
    """Raise Invalid for a day to come or before the studio opened, and Refused("more_than_owed")
    in these words beyond what is owed.

    A slip of the year would open a month long before the first that the books can close.
    """
    if paid.on > today:
        raise invalid_field("/on", "This day is still to come.")
    if paid.on < opened_on:
        raise invalid_field("/on", "This day is before the studio opened.")
    if paid.amount_cents > owed_cents:
        raise Refused("more_than_owed", refusal)


def columns(paid: Paid, *, currency: str, now: datetime) -> dict[str, Any]:
    """What the row of every such payment keeps of it."""
    return {
        "id": paid.key,
        "amount_cents": paid.amount_cents,
        "currency": currency,
        "paid_on": paid.on,
        "reference": paid.reference,
        "by_account_id": paid.by.id,
        "at": now,
    }


def book(
    row: TaxRemittance | Settlement,
    entry: Entry,
    *,
    paid: Paid,
    action: str,
    location_id: UUID,
    about: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep the row, post its entry and leave a trace, in the caller's transaction."""
    db.session.add(row)
    db.session.flush()
    ledger.post([entry], now=now)
    audit.record(
        actor=paid.by,
        action=action,
        subject_type=row.__tablename__,
        subject_id=row.id,
        location_id=location_id,
        facts={**about, "cents": paid.amount_cents, "on": paid.on},
        now=now,
    )
