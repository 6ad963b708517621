"""What a member is told about money that goes back, in the commit that writes it down."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from billing.models import Invoice, Refund
from config import outbox
from config.db import db
from config.formats import money
from locations import places
from membership.models import Member


def sent(refund: Refund, member_id: UUID, *, now: datetime) -> None:
    """It is on its way to the card."""
    _put("refund_sent", refund, member_id, now)


def failed(refund: Refund, member_id: UUID, *, now: datetime) -> None:
    """The bank would not take it: we still owe it, and ask how to send it."""
    _put("refund_failed", refund, member_id, now)


def on_gift_card(refund: Refund, member_id: UUID, gift_card_id: UUID, *, now: datetime) -> None:
    """It is on a gift card, whose code may have been thrown away: the letter brings it again."""
    _put("refund_on_gift_card", refund, member_id, now, gift_card_id=str(gift_card_id))


def _put(template: str, refund: Refund, member_id: UUID, now: datetime, **more: str) -> None:
    member = db.session.get_one(Member, member_id)
    invoice = db.session.get_one(Invoice, refund.invoice_id)
    outbox.put(
        dedupe_key=f"{template}:{refund.id}",
        to=member.email,
        template=template,
        context={
            "name": member.name,
            "place_name": places.get(refund.location_id).name,
            "amount": money(refund.amount_cents, refund.currency),
            "number": invoice.number or "",
            "invoice_id": str(invoice.id),
            **more,
        },
        now=now,
    )
