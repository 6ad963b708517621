"""A gift card's rows: held, taken from by one guarded UPDATE, every movement written down.

A balance is the sum of its movements, however many desks ask at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.models import Dispute, GiftCard, GiftCardEntry, Invoice
from billing.rules.dispute import HELD
from billing.rules.tenders import refuse
from config.base import table_of
from config.db import db
from config.errors import NotFound
from config.ids import new_id

_CARD = table_of(GiftCard)


def locked(gift_card_id: UUID) -> GiftCard:
    """A card, held and read anew. Raises NotFound."""
    query = sa.select(GiftCard).where(GiftCard.id == gift_card_id).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound("gift card")
    return found


def take(gift_card_id: UUID, cents: int) -> None:
    """Take so many minor units off an active card. Refused("gift_card_empty") where less is left.

    The row is asked itself: whoever comes second finds what the first has left.
    """
    taken: Any = db.session.execute(
        sa.update(_CARD)
        .where(
            _CARD.c.id == gift_card_id,
            _CARD.c.state == "active",
            _CARD.c.balance_cents >= cents,
        )
        .values(balance_cents=_CARD.c.balance_cents - cents)
    )
    if not taken.rowcount:
        raise refuse("gift_card_empty")


def put_back(gift_card_id: UUID, cents: int) -> None:
    """Put minor units that were used back onto a card."""
    db.session.execute(
        sa.update(_CARD)
        .where(_CARD.c.id == gift_card_id)
        .values(balance_cents=_CARD.c.balance_cents + cents)
    )


def moved(
    gift_card_id: UUID,
    kind: str,
    amount_cents: int,
    *,
    source_id: UUID,
    at: UUID,
    by_account_id: UUID | None,
    now: datetime,
    till: UUID | None = None,
) -> GiftCardEntry:
    """Write a movement down; the second of one kind and source violates a constraint.

    `till` is the drawer's session that its cash came out of.
    """
    entry = GiftCardEntry(
        id=new_id(),
        gift_card_id=gift_card_id,
        kind=kind,
        amount_cents=amount_cents,
        source_id=source_id,
        location_id=at,
        till_session_id=till,
        by_account_id=by_account_id,
        at=now,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def used_by(payment_id: UUID) -> GiftCardEntry:
    """The movement by which a card paid."""
    query = sa.select(GiftCardEntry).where(
        GiftCardEntry.source_id == payment_id, GiftCardEntry.kind == "used"
    )
    return db.session.scalars(query).one()


def was_used(gift_card_id: UUID) -> bool:
    """Whether a card ever paid for something."""
    used = sa.select(GiftCardEntry.id).where(
        GiftCardEntry.gift_card_id == gift_card_id, GiftCardEntry.kind == "used"
    )
    return db.session.scalar(used.limit(1)) is not None


def held_by_a_bank() -> sa.ColumnElement[bool]:
    """Whether the payment that bought a card is disputed, or was given back."""
    return (
        sa.exists()
        .where(
            Invoice.source_id == GiftCard.id,
            Invoice.reason == "gift_card",
            Dispute.invoice_id == Invoice.id,
            Dispute.state.in_(HELD),
        )
        .correlate(GiftCard)
    )
