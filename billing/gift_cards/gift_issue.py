"""Gift cards, for the studio that owes them: sold, sent, taken back as far as they are unspent."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gift_cards import gift_cards, gift_letters, gift_rows
from billing.models import CreditNote, GiftCard, GiftCardEntry, Invoice
from config.db import db
from config.errors import NotFound, Refused
from locations.models import Location


def draft(
    card_id: UUID,
    *,
    buyer_member_id: UUID,
    place: Location,
    amount_cents: int,
    recipient_name: str | None,
    recipient_email: str | None,
    now: datetime,
) -> GiftCard:
    """A card that opens nothing until it is paid for."""
    card = GiftCard(
        id=card_id,
        location_id=place.id,
        state="draft",
        currency=place.currency,
        initial_cents=amount_cents,
        balance_cents=0,
        buyer_member_id=buyer_member_id,
        recipient_name=recipient_name,
        recipient_email=recipient_email,
        created_at=now,
    )
    db.session.add(card)
    db.session.flush()
    return card


def activate(gift_card_id: UUID, *, on: date, now: datetime) -> None:
    """It is paid: its code opens it from now on, and is sent to whom it is for."""
    card = gift_rows.locked(gift_card_id)
    if card.state != "draft":
        return
    open_with(card, "sold", source_id=card.id, by_account_id=None, now=now)
    gift_letters.sold(card, now=now)


def open_with(
    card: GiftCard, kind: str, *, source_id: UUID, by_account_id: UUID | None, now: datetime
) -> GiftCardEntry:
    """Let a draft be opened by its code; what is on it came by a movement of this kind."""
    code = gift_cards.code_of(card.id)
    card.state = "active"
    card.code_digest = gift_cards.digest_of(code)
    card.last4 = code[-4:]
    card.balance_cents = card.initial_cents
    card.activated_at = now
    db.session.flush()
    return gift_rows.moved(
        card.id,
        kind,
        card.initial_cents,
        source_id=source_id,
        at=card.location_id,
        by_account_id=by_account_id,
        now=now,
    )


def of_invoice(invoice_id: UUID) -> GiftCard:
    """The card that an invoice sold. NotFound where it sold none."""
    query = (
        sa.select(GiftCard)
        .join(Invoice, Invoice.source_id == GiftCard.id)
        .where(Invoice.id == invoice_id, Invoice.reason == "gift_card")
    )
    found = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound("gift card")
    return found


def take_back(note: CreditNote, *, by_account_id: UUID | None, now: datetime) -> None:
    """The sale of a card is taken back by this credit note: the card is worth that much less.

    One that was never used and is worth nothing now is closed; one that was used is empty, and
    opens again if what it paid for goes back. Refused("gift_card_spent") where less is left by
    now, for the money is gone to whoever gave the session.
    """
    card = gift_rows.locked(of_invoice(note.invoice_id).id)
    if card.state != "active" or card.balance_cents < note.total_cents:
        raise Refused(
            "gift_card_spent", "Some of this gift card is used by now: only the rest goes back."
        )
    is_closed = card.balance_cents == note.total_cents and not gift_rows.was_used(card.id)
    _void(card, note.total_cents, source_id=note.id, by_account_id=by_account_id, now=now)
    if is_closed:
        card.state = "void"
        db.session.flush()


def revoke(
    gift_card_id: UUID, *, worth_cents: int, source_id: UUID, now: datetime
) -> tuple[UUID, int]:
    """A bank gave back what paid for a card: take what is left of it, up to what the bank took.

    Returns where the card was sold, and the cents; `source_id` is the dispute that books them.
    """
    card = gift_rows.locked(gift_card_id)
    cents = min(card.balance_cents, worth_cents) if card.state == "active" else 0
    if cents:
        _void(card, cents, source_id=source_id, by_account_id=None, now=now)
    return card.location_id, cents


def _void(
    card: GiftCard, cents: int, *, source_id: UUID, by_account_id: UUID | None, now: datetime
) -> None:
    gift_rows.take(card.id, cents)
    gift_rows.moved(
        card.id,
        "voided",
        -cents,
        source_id=source_id,
        at=card.location_id,
        by_account_id=by_account_id,
        now=now,
    )
