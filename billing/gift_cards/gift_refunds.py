"""Money that a gift card had paid goes back onto a gift card: that one, or a new one.

A card that is used up opens again by the code it always had. One that is closed, or whose own
payment a bank holds, is not filled: a person gives its holder a new card, or another way back.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gift_cards import gift_issue, gift_rows
from billing.models import GiftCard, GiftCardEntry, Payment, Refund
from billing.refunds import refund_letters
from config.db import db
from config.ids import new_id
from locations import places


def takes(payment: type[Payment]) -> sa.ColumnElement[bool]:
    """Whether the card behind a payment may be filled again, for a WHERE over payments."""
    return (
        sa.exists()
        .where(
            GiftCardEntry.source_id == payment.id,
            GiftCardEntry.kind == "used",
            GiftCard.id == GiftCardEntry.gift_card_id,
            GiftCard.state == "active",
            ~gift_rows.held_by_a_bank(),
        )
        .correlate(payment)
    )


def give_back(
    refund: Refund, member_id: UUID, *, by_account_id: UUID | None, now: datetime
) -> GiftCardEntry:
    """Put a locked refund of a gift card's payment onto a card, and tell its holder the code.

    Rows and letter only: the caller books it in the same transaction, out of the books of the
    studio that owes the card. The second of one refund violates a constraint.
    """
    card = gift_rows.locked(gift_rows.used_by(refund.payment_id).gift_card_id)
    if _is_open(card):
        gift_rows.put_back(card.id, refund.amount_cents)
        entry = gift_rows.moved(
            card.id,
            "refunded",
            refund.amount_cents,
            source_id=refund.id,
            at=refund.location_id,
            by_account_id=by_account_id,
            now=now,
        )
    else:
        card = gift_issue.draft(
            new_id(),
            buyer_member_id=member_id,
            place=places.get(refund.location_id),
            amount_cents=refund.amount_cents,
            recipient_name=None,
            recipient_email=None,
            now=now,
        )
        entry = gift_issue.open_with(
            card, "refunded", source_id=refund.id, by_account_id=by_account_id, now=now
        )
    refund_letters.on_gift_card(refund, member_id, card.id, now=now)
    return entry


def sold_at(entry: GiftCardEntry) -> UUID:
    """The studio that owes the card of a movement."""
    return db.session.get_one(GiftCard, entry.gift_card_id).location_id


def _is_open(card: GiftCard) -> bool:
    held = sa.select(GiftCard.id).where(GiftCard.id == card.id, gift_rows.held_by_a_bank())
    return card.state == "active" and db.session.scalar(held) is None
