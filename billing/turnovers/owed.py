"""What is owed on gift cards and as credit, and went to the state: rows and books in one commit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import ModuleType
from typing import Final
from uuid import UUID

from billing.turnovers import dormant_cards, dormant_credit
from billing.turnovers.claims import Claim
from locations import ledger, turnovers
from locations.models import Location
from locations.rules.dormancy import SOURCES, Owed, owed_returned, owed_turned_over

# Whose rows an account's claims are.
ROWS: Final[Mapping[Owed, ModuleType]] = {
    "gift_cards": dormant_cards,
    "account_credit": dormant_credit,
}


def turn_over(
    place: Location,
    owed: Owed,
    claims: list[Claim],
    *,
    on: date,
    reference: str,
    by_account_id: UUID | None,
    now: datetime,
) -> None:
    """Take what is held off its cards or members: it went to the state on a day."""
    entries = [
        owed_turned_over(
            movement_id=ROWS[owed].take(
                place, claim, reference=reference, by_account_id=by_account_id, now=now
            ),
            owed=owed,
            on=on,
            currency=place.currency,
            location_id=place.id,
            amount_cents=claim.amount_cents,
            reference=reference,
        )
        for claim in claims
    ]
    ledger.post(entries, now=now)


def undo(
    place: Location,
    owed: Owed,
    *,
    reference: str,
    on: date,
    reason: str,
    by_account_id: UUID | None,
    now: datetime,
) -> int:
    """Put back what was taken under a reference, by opposite entries of a day; the cents."""
    total = 0
    for entry in turnovers.standing(place.id, reference=reference, source_type=SOURCES[owed]):
        movement_id, cents = ROWS[owed].give_back(
            place, entry.source_id, reason=reason, by_account_id=by_account_id, now=now
        )
        booked = owed_returned(
            movement_id=movement_id,
            owed=owed,
            corrects_id=entry.id,
            on=on,
            currency=place.currency,
            location_id=place.id,
            amount_cents=cents,
            reason=reason,
        )
        ledger.post([booked], now=now)
        total += cents
    return total
