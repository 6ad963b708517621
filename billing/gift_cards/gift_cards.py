"""Gift cards, for who holds one: found by their code, used anywhere, cashed as the law says.

Who holds the code holds the money, so the code is stored nowhere: it is made from the card's key
and a pepper of ours, and a digest of it finds the card. They never expire.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from flask import current_app

from billing.gift_cards import gift_rows
from billing.models import GiftCard, GiftCardEntry, TillSession
from billing.rules import gift_cards as rule
from billing.rules.tenders import refuse
from config.db import db
from config.errors import Refused
from config.ids import new_id


@dataclass(frozen=True, slots=True)
class Seen:
    """A card that may be used; amounts in minor units of `currency`."""

    id: UUID
    last4: str
    location_id: UUID
    currency: str
    balance_cents: int


def code_of(gift_card_id: UUID) -> str:
    """A card's code, unspaced. Shown once at its sale and in its letter, nowhere else."""
    return rule.code_of(gift_card_id, pepper=_pepper())


def shown_code(gift_card_id: str) -> str:
    """The same in groups, for a letter."""
    return rule.shown(code_of(UUID(gift_card_id)))


def digest_of(code: str) -> str:
    """What is kept of an unspaced code, to find its card by."""
    return rule.digest_of(code, pepper=_pepper())


def find(code: str) -> Seen | None:
    """The card that a code opens and that holds something; None tells nothing of why.

    Refused("gift_card_turned_over") to whoever has the code of one that went to the state.
    """
    plain = rule.normalised(code)
    # Asked for in any case, so that a code that cannot be one takes as long as a wrong one.
    digest = digest_of(plain or "")
    card = db.session.scalars(
        sa.select(GiftCard)
        .where(
            GiftCard.code_digest == digest,
            GiftCard.state == "active",
            GiftCard.balance_cents > 0,
            ~gift_rows.held_by_a_bank(),
        )
        .execution_options(populate_existing=True)
    ).first()
    if card is None or plain is None:
        gone = sa.select(GiftCard.id).where(
            GiftCard.code_digest == digest, GiftCard.state == "to_state"
        )
        if db.session.scalar(gone) is not None:
            raise refuse("gift_card_turned_over")
        return None
    return _seen(card)


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
    gift_rows.take(gift_card_id, amount_cents)
    gift_rows.moved(
        gift_card_id,
        "used",
        -amount_cents,
        source_id=payment_id,
        at=at,
        by_account_id=by_account_id,
        now=now,
    )
    return db.session.get_one(GiftCard, gift_card_id).location_id


def restore(payment_id: UUID, *, reason: str, now: datetime) -> UUID:
    """Give back what a payment had used; returns where the card was sold."""
    used = gift_rows.used_by(payment_id)
    gift_rows.put_back(used.gift_card_id, -used.amount_cents)
    gift_rows.moved(
        used.gift_card_id,
        "restored",
        -used.amount_cents,
        source_id=payment_id,
        at=used.location_id,
        by_account_id=None,
        now=now,
    )
    return db.session.get_one(GiftCard, used.gift_card_id).location_id


def empty(
    gift_card_id: UUID,
    *,
    below_cents: int,
    till: TillSession,
    by_account_id: UUID | None,
    now: datetime,
) -> GiftCardEntry:
    """Take all that is left to pay it out of a drawer. Refused("not_cashable") where the law asks
    for none.
    """
    card = gift_rows.locked(gift_card_id)
    cashable = card.state == "active" and rule.may_be_cashed(
        balance_cents=card.balance_cents,
        used_before=gift_rows.was_used(card.id),
        below_cents=below_cents,
    )
    if not cashable:
        raise Refused("not_cashable", "What is left on this card is not paid out in cash.")
    left = card.balance_cents
    gift_rows.take(card.id, left)
    return gift_rows.moved(
        card.id,
        "cashed",
        -left,
        source_id=new_id(),
        at=till.location_id,
        till=till.id,
        by_account_id=by_account_id,
        now=now,
    )


def _seen(card: GiftCard) -> Seen:
    return Seen(card.id, card.last4 or "", card.location_id, card.currency, card.balance_cents)


def _pepper() -> str:
    """Never rotated, as passwords hang on it too: cards sold years ago must open."""
    salt = current_app.extensions["taper.settings"].security_password_salt
    assert salt is not None, "a start keeps every own secret"
    return salt.reveal()
