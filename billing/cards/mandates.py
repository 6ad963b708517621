"""A saved card that is not charged without its owner, because they went to their bank.

While a bank only asks, the mandate is paused; once money was taken it is over, whatever becomes of
the dispute, until a card is entered anew.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from billing.models import Dispute, Invoice, StripeCustomer
from billing.recovery import retries
from config.db import db

DISPUTED = "disputed"
INQUIRY = "inquiry"


def end(row: Dispute, *, now: datetime) -> None:
    """The saved card is charged no more; one entered anew is a new mandate."""
    _write(row, StripeCustomer.payment_method_id.is_not(None), code=DISPUTED, now=now)


def pause(row: Dispute, *, now: datetime) -> None:
    """It rests while the bank asks; what is refused for another reason stays so."""
    sound = StripeCustomer.payment_method_id.is_not(None)
    _write(row, sa.and_(sound, StripeCustomer.card_refused_code.is_(None)), code=INQUIRY, now=now)


def resume(row: Dispute, *, now: datetime) -> None:
    """The bank asks no more: the card may be charged, and what waited for it is, at once.

    Not while the bank asks about another payment of the same member.
    """
    another = sa.select(Dispute.id).where(
        Dispute.member_id == row.member_id,
        Dispute.stripe_account == row.stripe_account,
        Dispute.state == "inquiry",
        Dispute.id != row.id,
    )
    if db.session.scalar(another.limit(1)) is not None:
        return
    _write(row, StripeCustomer.card_refused_code == INQUIRY, code=None, now=now)
    waiting = sa.select(Invoice.id).where(
        Invoice.member_id == row.member_id, Invoice.state == "open"
    )
    for invoice_id in db.session.scalars(waiting.order_by(Invoice.id)).all():
        retries.open_try(invoice_id, not_before=now, now=now)


def _write(row: Dispute, which: sa.ColumnElement[bool], *, code: str | None, now: datetime) -> None:
    db.session.execute(
        sa.update(StripeCustomer)
        .where(
            StripeCustomer.member_id == row.member_id,
            StripeCustomer.stripe_account == row.stripe_account,
            which,
        )
        .values(card_refused_code=code, updated_at=now)
    )
