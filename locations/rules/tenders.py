"""Money beside a card at Stripe, as postings: the till, gift cards, credit of an account."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from locations.rules.entries import Entry
from locations.rules.sides import across, within

Tender = Literal["cash", "terminal", "gift_card", "account_credit"]
# Where each tender's money is kept until it pays something, or once it has.
KEPT_IN = {
    "cash": "till",
    "terminal": "till",
    "gift_card": "gift_cards",
    "account_credit": "account_credit",
}


def tender_paid(
    *,
    payment_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    tender: Tender,
    held_at: UUID,
    amount_cents: int,
    invoice_id: UUID,
) -> Entry:
    """An invoice was paid by a tender whose money lies, or is owed, at `held_at`.

    A gift card or credit of another location pays through what the two owe each other.
    """
    return Entry(
        kind="payment",
        source_type="payment",
        source_id=payment_id,
        occurred_on=on,
        currency=currency,
        legs=across(KEPT_IN[tender], held_at, "receivable", location_id, amount_cents),
        sold_at=location_id,
        invoice_id=invoice_id,
    )


def tender_given_back(
    *,
    payment_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    tender: Tender,
    held_at: UUID,
    amount_cents: int,
    invoice_id: UUID,
    reason: str,
) -> Entry:
    """The sale that it was to pay came to nothing: the opposite of `tender_paid`."""
    return Entry(
        kind="payment_undone",
        source_type="payment",
        source_id=payment_id,
        occurred_on=on,
        currency=currency,
        legs=across(KEPT_IN[tender], held_at, "receivable", location_id, -amount_cents),
        sold_at=location_id,
        invoice_id=invoice_id,
        reason=reason,
    )


def gift_card_cashed(
    *,
    entry_id: UUID,
    on: date,
    currency: str,
    sold_at: UUID,
    paid_at: UUID,
    amount_cents: int,
) -> Entry:
    """What was left on a gift card went out of a till, at `paid_at`."""
    return Entry(
        kind="gift_card_cashed",
        source_type="gift_card_entry",
        source_id=entry_id,
        occurred_on=on,
        currency=currency,
        legs=across("gift_cards", sold_at, "till", paid_at, amount_cents),
        sold_at=sold_at,
    )


def credit_granted(
    *,
    entry_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    reason: str,
) -> Entry:
    """Credit that staff gave for nothing: goodwill, owed to the member from now on."""
    return Entry(
        kind="credit_granted",
        source_type="account_credit",
        source_id=entry_id,
        occurred_on=on,
        currency=currency,
        legs=within("concessions", "account_credit", location_id, amount_cents),
        sold_at=location_id,
        reason=reason,
    )
