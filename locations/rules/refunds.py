"""Money on its way back to members, as postings: sent by a tender, come back, paid too much."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from locations.rules.entries import Entry
from locations.rules.sides import across, within

Tender = Literal["card", "cash", "terminal", "gift_card", "account_credit"]
# Where the money of each tender leaves from, or is owed from then on.
LEAVES_FROM = {
    "card": "stripe_clearing",
    "cash": "till",
    "terminal": "till",
    "gift_card": "gift_cards",
    "account_credit": "account_credit",
}


def refund_sent(
    *,
    refund_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    paid_at: UUID,
    tender: Tender,
    amount_cents: int,
    invoice_id: UUID,
) -> Entry:
    """What was owed back has left, by a tender, out of the books of `paid_at`.

    Another location than the one that owed it is owed the amount by that one.
    """
    return Entry(
        kind="refund_sent",
        source_type="refund",
        source_id=refund_id,
        occurred_on=on,
        currency=currency,
        legs=across("refunds_due", location_id, LEAVES_FROM[tender], paid_at, amount_cents),
        sold_at=location_id,
        invoice_id=invoice_id,
    )


def refund_failed(
    *,
    refund_id: UUID,
    corrects_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    invoice_id: UUID,
    reason: str,
) -> Entry:
    """A bank sent it back: it lies at Stripe again, and is owed again."""
    return Entry(
        kind="refund_failed",
        source_type="refund",
        source_id=refund_id,
        occurred_on=on,
        currency=currency,
        legs=within("refunds_due", LEAVES_FROM["card"], location_id, -amount_cents),
        sold_at=location_id,
        invoice_id=invoice_id,
        corrects_id=corrects_id,
        reason=reason,
    )


def overpaid(
    *,
    credit_note_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    invoice_id: UUID,
) -> Entry:
    """An invoice paid in part was credited beyond what it still asked for: the rest goes back."""
    return Entry(
        kind="overpaid",
        source_type="credit_note",
        source_id=credit_note_id,
        occurred_on=on,
        currency=currency,
        legs=within("receivable", "refunds_due", location_id, amount_cents),
        sold_at=location_id,
        invoice_id=invoice_id,
    )
