"""The letter that brings a gift card. The code is written into it as it leaves, kept nowhere."""

from __future__ import annotations

from datetime import datetime

from billing.models import GiftCard
from config import outbox
from config.db import db
from locations import places
from membership.models import Member


def sold(card: GiftCard, *, now: datetime) -> None:
    """To whom it is for, where an address is known; else to who bought it."""
    buyer = db.session.get_one(Member, card.buyer_member_id)
    location = places.get(card.location_id)
    outbox.put(
        dedupe_key=f"gift_card:{card.id}",
        to=card.recipient_email or buyer.email,
        template="gift_card",
        context={
            "name": card.recipient_name or (None if card.recipient_email else buyer.name),
            "buyer": buyer.name,
            "gift_card_id": str(card.id),
            "amount_cents": card.initial_cents,
            "currency": card.currency,
            "location": location.name,
            "zone": location.zone,
        },
        now=now,
    )
