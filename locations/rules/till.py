"""The drawer of a desk, as postings: its count, its float, its moves and the terminal's batch."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from locations.rules.entries import Entry
from locations.rules.sides import within

Move = Literal["paid_in", "paid_out", "deposit"]
Counted = Literal["till_opened", "till_closed"]


def till_counted(
    *,
    session_id: UUID,
    kind: Counted,
    on: date,
    currency: str,
    location_id: UUID,
    over_cents: int,
) -> Entry:
    """A count differed from what should be there: over is positive, short negative."""
    return Entry(
        kind=kind,
        source_type="till_session",
        source_id=session_id,
        occurred_on=on,
        currency=currency,
        legs=within("till", "over_short", location_id, over_cents),
    )


def till_float(
    *, session_id: UUID, on: date, currency: str, location_id: UUID, amount_cents: int
) -> Entry:
    """The first cash that a drawer begins with comes from the studio's bank."""
    return Entry(
        kind="till_float",
        source_type="till_session",
        source_id=session_id,
        occurred_on=on,
        currency=currency,
        legs=within("till", "bank", location_id, amount_cents),
    )


def till_moved(
    *,
    move_id: UUID,
    move: Move,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    reason: str,
) -> Entry:
    """Cash between the drawer and the studio's bank: in, out, or deposited."""
    into_till = amount_cents if move == "paid_in" else -amount_cents
    return Entry(
        kind=f"till_{move}",
        source_type="till_move",
        source_id=move_id,
        occurred_on=on,
        currency=currency,
        legs=within("till", "bank", location_id, into_till),
        reason=reason,
    )


def terminal_settled(
    *, session_id: UUID, on: date, currency: str, location_id: UUID, amount_cents: int
) -> Entry:
    """The terminal's batch of a session leaves for the bank."""
    return Entry(
        kind="terminal_settled",
        source_type="till_session",
        source_id=session_id,
        occurred_on=on,
        currency=currency,
        legs=within("bank", "till", location_id, amount_cents),
    )
