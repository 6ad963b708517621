"""Refunds of a disputed payment wait for the bank; what it decides of them is kept_by_bank's."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from billing.cards import mandates
from billing.models import Dispute, Refund
from billing.refunds import refunds
from config.db import db


def stop(row: Dispute, *, now: datetime) -> None:
    """Refunds that wait to be sent to the disputed payment are not sent: they are owed again."""
    waiting = sa.select(Refund).where(
        Refund.payment_id == row.payment_id, Refund.tender == "card", Refund.state == "ready"
    )
    for refund in db.session.scalars(waiting.order_by(Refund.id)).all():
        locked, charge = refunds.locked(refund.id)
        if locked.state == "ready":
            refunds.failed(locked, charge, code=mandates.DISPUTED, now=now)
