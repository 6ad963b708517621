"""Selling a gift card: an invoice without tax, for money that is owed to whoever has the code.

Tax is charged on what the card buys, when it buys it; nothing is earned before.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from billing.gift_cards import gift_issue
from billing.invoices import invoices
from billing.models import GiftCard, Invoice
from billing.rules import invoice as rule
from billing.rules.invoice import InvoiceAmounts, Line
from config.errors import Refused
from locations import places
from locations.models import Location

PRODUCT = "GIFT-CARD"
ACCOUNT = "gift_cards"
LEAST_CENTS = 500
MOST_CENTS = 100_000  # what one is sold over: more is a slip of the hand, or worth a second look


def draft(
    card_id: UUID,
    *,
    buyer_member_id: UUID,
    place: Location,
    amount_cents: int,
    recipient_name: str | None,
    recipient_email: str | None,
    now: datetime,
) -> tuple[GiftCard, Invoice]:
    """A card and its invoice, both drafts until they are paid, in the caller's transaction.

    Refused("gift_card_amount") outside what one is sold over.
    """
    card = gift_issue.draft(
        card_id,
        buyer_member_id=buyer_member_id,
        place=place,
        amount_cents=amount_cents,
        recipient_name=recipient_name,
        recipient_email=recipient_email,
        now=now,
    )
    invoice = invoices.draft(
        amounts_of(amount_cents),
        reason="gift_card",
        source_id=card.id,
        member_id=buyer_member_id,
        membership_id=None,
        consent_id=None,
        location=place,
        on=places.business_date(place, now),
        now=now,
    )
    return card, invoice


def amounts_of(amount_cents: int) -> InvoiceAmounts:
    """The invoice of a card over so much."""
    if not LEAST_CENTS <= amount_cents <= MOST_CENTS:
        raise Refused(
            "gift_card_amount", "A gift card is sold from 5.00 to 1,000.00: choose another amount."
        )
    line = Line(
        product=PRODUCT,
        product_class="gift_card",
        description="Gift card",
        quantity=1,
        net_cents=amount_cents,
        tax_name="",
        tax_rate_ppm=0,
        tax_cents=0,
        liability_account=ACCOUNT,
    )
    return rule.amounts([line])
