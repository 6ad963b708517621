"""Value that nobody claimed for years and that went to the state, as postings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal
from uuid import UUID

from locations.rules.entries import Entry, Leg, moving

TURNED_OVER: Final = "turned_over"
UNDONE: Final = "turnover_undone"
SOURCE: Final = "turnover"
Owed = Literal["gift_cards", "account_credit"]
# What took it off: an expiry's turnover, or the movement of a card or of credit.
SOURCES: Final[Mapping[Owed, str]] = {
    "gift_cards": "gift_card_entry",
    "account_credit": "account_credit_entry",
}


def turned_over(
    *,
    turnover_id: UUID,
    corrects_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    product: str,
    amount_cents: int,
    reference: str,
) -> Entry:
    """What one expiry, the journal entry `corrects_id`, left to be claimed went from the bank to
    the state; `reference` is the bank's word for it.
    """
    return Entry(
        kind=TURNED_OVER,
        source_type=SOURCE,
        source_id=turnover_id,
        occurred_on=on,
        currency=currency,
        legs=_legs(location_id, product, amount_cents),
        sold_at=location_id,
        product=product,
        corrects_id=corrects_id,
        reason=reference,
    )


def turnover_undone(
    *,
    turnover_id: UUID,
    corrects_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    product: str,
    amount_cents: int,
    reason: str,
) -> Entry:
    """The opposite of `turned_over`, which is the journal entry `corrects_id`: it may be claimed
    again.
    """
    return Entry(
        kind=UNDONE,
        source_type=SOURCE,
        source_id=turnover_id,
        occurred_on=on,
        currency=currency,
        legs=_legs(location_id, product, -amount_cents),
        sold_at=location_id,
        product=product,
        corrects_id=corrects_id,
        reason=reason,
    )


def owed_turned_over(
    *,
    movement_id: UUID,
    owed: Owed,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    reference: str,
) -> Entry:
    """What was left on a gift card, or of a member's credit, went from the bank to the state;
    `movement_id` took it off there.
    """
    return Entry(
        kind=TURNED_OVER,
        source_type=SOURCES[owed],
        source_id=movement_id,
        occurred_on=on,
        currency=currency,
        legs=moving(Leg(owed, location_id, amount_cents), Leg("bank", location_id, -amount_cents)),
        sold_at=location_id,
        reason=reference,
    )


def owed_returned(
    *,
    movement_id: UUID,
    owed: Owed,
    corrects_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    reason: str,
) -> Entry:
    """The opposite of `owed_turned_over`, which is the journal entry `corrects_id`; `movement_id`
    put it back.
    """
    return Entry(
        kind=UNDONE,
        source_type=SOURCES[owed],
        source_id=movement_id,
        occurred_on=on,
        currency=currency,
        legs=moving(Leg(owed, location_id, -amount_cents), Leg("bank", location_id, amount_cents)),
        sold_at=location_id,
        corrects_id=corrects_id,
        reason=reason,
    )


def _legs(location_id: UUID, product: str, cents: int) -> tuple[Leg, ...]:
    return moving(
        Leg("expired_refundable", location_id, cents, product),
        Leg("bank", location_id, -cents),
    )
