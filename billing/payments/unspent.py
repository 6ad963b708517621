"""A sale that was partly paid ahead and came to nothing: what it had taken goes back.

Only a draft is paid ahead, by credit or a gift card, while its card page waits for the rest.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from billing.gift_cards import gift_cards
from billing.models import Invoice, Payment
from billing.payments.held import Held
from billing.tenders import account_credit
from config.db import db
from locations import ledger
from locations.rules import tenders
from locations.rules.tenders import Tender

REASON = "The sale was not completed."


def give_back(held: Held, *, on: date, now: datetime) -> None:
    """Restore gift cards and credit that paid ahead for a draft, once, in the caller's commit."""
    if held.invoice_state != "draft" or not held.paid_cents:
        return
    ahead = sa.select(Payment).where(
        Payment.invoice_id == held.invoice_id, Payment.refunded_cents == 0
    )
    for payment in db.session.scalars(ahead.order_by(Payment.id).with_for_update()).all():
        _give_back(payment, held, on=on, now=now)
    db.session.execute(sa.update(Invoice).where(Invoice.id == held.invoice_id).values(paid_cents=0))


def _give_back(payment: Payment, held: Held, *, on: date, now: datetime) -> None:
    assert payment.tender in ("gift_card", "account_credit"), "only these pay ahead"
    tender: Tender = payment.tender
    restore = gift_cards.restore if tender == "gift_card" else account_credit.restore
    held_at = restore(payment.id, reason=REASON, now=now)
    payment.refunded_cents = payment.amount_cents
    db.session.flush()
    entry = tenders.tender_given_back(
        payment_id=payment.id,
        on=on,
        currency=payment.currency,
        location_id=held.location_id,
        tender=tender,
        held_at=held_at,
        amount_cents=payment.amount_cents,
        invoice_id=held.invoice_id,
        reason=REASON,
    )
    ledger.post([entry], now=now)
