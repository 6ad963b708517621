"""What a member is told about a payment that they dispute, in the commit that writes it down."""

from __future__ import annotations

from datetime import datetime

from billing.models import Dispute
from config import outbox
from config.db import db
from config.formats import money
from locations import places
from membership.models import Member


def opened(row: Dispute, *, now: datetime) -> None:
    """The bank has the money; sessions rest, and the card is not charged."""
    _put("dispute_opened", row, now)


def won(row: Dispute, *, now: datetime) -> None:
    """The payment stands; sessions go on, and a card has to be entered anew."""
    _put("dispute_won", row, now)


def lost(row: Dispute, *, now: datetime) -> None:
    """The bank gave the money back; what it had paid for has ended."""
    _put("dispute_lost", row, now)


def _put(template: str, row: Dispute, now: datetime) -> None:
    member = db.session.get_one(Member, row.member_id)
    outbox.put(
        dedupe_key=f"{template}:{row.id}",
        to=member.email,
        template=template,
        context={
            "name": member.name,
            "place_name": places.get(row.location_id).name,
            "amount": money(row.amount_cents, row.currency),
        },
        now=now,
    )
