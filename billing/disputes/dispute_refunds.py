"""Refunds of a disputed payment: they wait for the bank, and give way to what it decides.

Whoever disputes a payment is not sent the same money besides.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from billing.cards import mandates
from billing.models import Dispute, Refund
from billing.refunds import promises, refunds
from config.db import db
from membership.models import Charge


def stop(row: Dispute, *, now: datetime) -> None:
    """Refunds that wait to be sent to the disputed payment are not sent: they are owed again."""
    waiting = sa.select(Refund).where(
        Refund.payment_id == row.payment_id, Refund.tender == "card", Refund.state == "ready"
    )
    for refund in db.session.scalars(waiting.order_by(Refund.id)).all():
        locked, charge = refunds.locked(refund.id)
        if locked.state == "ready":
            refunds.failed(locked, charge, code=mandates.DISPUTED, now=now)


def keep(row: Dispute) -> int:
    """Refunds promised and not sent are kept by what the bank took, as far as it reaches."""
    of_invoice = promises.invoices().subquery()
    flying = sa.exists().where(
        Refund.charge_row_id == Charge.id, Refund.state.in_(("ready", "sending", "pending"))
    )
    owed = db.session.scalars(
        sa.select(Charge)
        .join(of_invoice, of_invoice.c.charge_id == Charge.id)
        .where(of_invoice.c.invoice_id == row.invoice_id, Charge.state == "owed", ~flying)
        .order_by(Charge.id)
        .with_for_update(of=Charge)
        .execution_options(populate_existing=True)
    ).all()
    kept = 0
    for one in owed:
        cents = promises.unsent_cents(one)
        if kept + cents <= row.amount_cents:
            one.state = "settled"
            kept += cents
    db.session.flush()
    return kept
