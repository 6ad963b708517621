"""Gift cards: sold, used anywhere in the group, cashed where the law says so. They never expire.

Who holds the code holds the money, so the code is stored nowhere: it is made from the card's key
and a pepper of ours, and a digest of it finds the card. A balance is the sum of its movements and
is taken by one guarded UPDATE, however many desks ask at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import current_app

from billing import gift_letters
from billing.models import CreditNote, Dispute, GiftCard, GiftCardEntry, Invoice
from billing.rules import gift_cards as rule
from billing.rules.tenders import refuse
from config.db import db, table_of
from config.errors import NotFound, Refused
from config.ids import new_id
from locations.models import Location

_CARD = table_of(GiftCard)


@dataclass(frozen=True, slots=True)
class Seen:
    """A card that may be used; amounts in minor units of `currency`."""

    id: UUID
    last4: str
    location_id: UUID
    currency: str
    balance_cents: int


def draft(
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
        id=new_id(),
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
    card = _locked(gift_card_id)
    if card.state != "draft":
        return
    code = code_of(card.id)
    card.state = "active"
    card.code_digest = rule.digest_of(code, pepper=_pepper())
    card.last4 = code[-4:]
    card.balance_cents = card.initial_cents
    card.activated_at = now
    db.session.flush()
    _moved(card.id, "sold", card.initial_cents, card.id, card.location_id, None, now)
    gift_letters.sold(card, now=now)


def code_of(gift_card_id: UUID) -> str:
    """A card's code, unspaced. Shown once at its sale and in its letter, nowhere else."""
    return rule.code_of(gift_card_id, pepper=_pepper())


def shown_code(gift_card_id: str) -> str:
    """The same in groups, for a letter."""
    return rule.shown(code_of(UUID(gift_card_id)))


def find(code: str) -> Seen | None:
    """The card that a code opens and that holds something; None tells nothing of why."""
    plain = rule.normalised(code)
    # Asked for in any case, so that a code that cannot be one takes as long as a wrong one.
    digest = rule.digest_of(plain or "", pepper=_pepper())
    card = db.session.scalars(
        sa.select(GiftCard)
        .where(
            GiftCard.code_digest == digest,
            GiftCard.state == "active",
            GiftCard.balance_cents > 0,
            ~_held_by_a_bank(),
        )
        .execution_options(populate_existing=True)
    ).first()
    return _seen(card) if card is not None and plain is not None else None


def use(
    gift_card_id: UUID,
    *,
    amount_cents: int,
    payment_id: UUID,
    at: UUID,
    by_account_id: UUID | None,
    now: datetime,
) -> UUID:
    """Take a card's money for a payment at a location; returns where the card was sold.

    Refused("gift_card_empty") where less is left by now.
    """
    _take(gift_card_id, amount_cents)
    _moved(gift_card_id, "used", -amount_cents, payment_id, at, by_account_id, now)
    return db.session.get_one(GiftCard, gift_card_id).location_id


def restore(payment_id: UUID, *, reason: str, now: datetime) -> UUID:
    """Give back what a payment had used; returns where the card was sold."""
    query = sa.select(GiftCardEntry).where(
        GiftCardEntry.source_id == payment_id, GiftCardEntry.kind == "used"
    )
    used = db.session.scalars(query).one()
    db.session.execute(
        sa.update(_CARD)
        .where(_CARD.c.id == used.gift_card_id)
        .values(balance_cents=_CARD.c.balance_cents - used.amount_cents)
    )
    _moved(
        used.gift_card_id, "restored", -used.amount_cents, payment_id, used.location_id, None, now
    )
    return db.session.get_one(GiftCard, used.gift_card_id).location_id


def empty(
    gift_card_id: UUID, *, below_cents: int, at: UUID, by_account_id: UUID | None, now: datetime
) -> GiftCardEntry:
    """Take all that is left to pay it out. Refused("not_cashable") where the law asks for none."""
    card = _locked(gift_card_id)
    used = sa.select(GiftCardEntry.id).where(
        GiftCardEntry.gift_card_id == card.id, GiftCardEntry.kind == "used"
    )
    cashable = card.state == "active" and rule.may_be_cashed(
        balance_cents=card.balance_cents,
        used_before=db.session.scalar(used.limit(1)) is not None,
        below_cents=below_cents,
    )
    if not cashable:
        raise Refused("not_cashable", "What is left on this card is not paid out in cash.")
    left = card.balance_cents
    _take(card.id, left)
    return _moved(card.id, "cashed", -left, new_id(), at, by_account_id, now)


def void(note: CreditNote, *, by_account_id: UUID | None, now: datetime) -> None:
    """The sale of a card is taken back by this credit note, so the card is worth nothing any more.

    Only whole: Refused("gift_card_spent") once any of it was used, for the money is gone to
    whoever gave the session, and "gift_card_whole" for a part.
    """
    card = _locked(of_invoice(note.invoice_id).id)
    if card.state != "active" or card.balance_cents != card.initial_cents:
        raise Refused("gift_card_spent", "Some of this gift card is used: it stays sold.")
    if note.total_cents != card.initial_cents:
        raise Refused("gift_card_whole", "A gift card is taken back whole, not in part.")
    _take(card.id, card.initial_cents)
    card.state = "void"
    db.session.flush()
    _moved(card.id, "voided", -card.initial_cents, note.id, card.location_id, by_account_id, now)


def revoke(
    gift_card_id: UUID, *, worth_cents: int, source_id: UUID, now: datetime
) -> tuple[UUID, int]:
    """A bank gave back what paid for a card: take what is left of it, up to what the bank took.

    Returns where the card was sold, and the cents; `source_id` is the dispute that books them.
    """
    card = _locked(gift_card_id)
    cents = min(card.balance_cents, worth_cents) if card.state == "active" else 0
    if cents:
        _take(card.id, cents)
        _moved(card.id, "voided", -cents, source_id, card.location_id, None, now)
    return card.location_id, cents


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


def _held_by_a_bank() -> sa.ColumnElement[bool]:
    """Whether the payment that bought a card is disputed, or was given back."""
    return (
        sa.exists()
        .where(
            Invoice.source_id == GiftCard.id,
            Invoice.reason == "gift_card",
            Dispute.invoice_id == Invoice.id,
            Dispute.state.in_(("open", "lost")),
        )
        .correlate(GiftCard)
    )


def _seen(card: GiftCard) -> Seen:
    return Seen(card.id, card.last4 or "", card.location_id, card.currency, card.balance_cents)


def _take(gift_card_id: UUID, cents: int) -> None:
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


def _locked(gift_card_id: UUID) -> GiftCard:
    query = sa.select(GiftCard).where(GiftCard.id == gift_card_id).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound("gift card")
    return found


def _moved(
    gift_card_id: UUID,
    kind: str,
    amount_cents: int,
    source_id: UUID,
    location_id: UUID,
    by_account_id: UUID | None,
    now: datetime,
) -> GiftCardEntry:
    entry = GiftCardEntry(
        id=new_id(),
        gift_card_id=gift_card_id,
        kind=kind,
        amount_cents=amount_cents,
        source_id=source_id,
        location_id=location_id,
        by_account_id=by_account_id,
        at=now,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def _pepper() -> str:
    """Never rotated, as passwords hang on it too: cards sold years ago must open."""
    salt = current_app.extensions["taper.settings"].security_password_salt
    assert salt is not None, "settings.load() keeps every own secret"
    return salt.reveal()
