"""What a bank has paid of our promises: whoever won a dispute is not sent the same money besides.

A lost dispute keeps promises of its invoice as far as its money reaches; each row says how much of
which. What is left of a promise is still owed, and goes the way it would have gone.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from billing.models import Dispute, KeptByBank, Refund
from billing.refunds import promises
from config.db import db
from config.ids import new_id
from locations import ledger, places
from locations.rules import disputes as books
from membership.models import Charge


def keep(row: Dispute, *, now: datetime) -> int:
    """Let a dispute that was lost keep what is promised of its invoice; how many cents it keeps.

    What is on its way to a card is left to its refund. The caller books it with the loss.
    """
    of_invoice = promises.invoices().subquery()
    owed = db.session.scalars(
        sa.select(Charge)
        .join(of_invoice, of_invoice.c.charge_id == Charge.id)
        .where(of_invoice.c.invoice_id == row.invoice_id, Charge.state == "owed")
        .order_by(Charge.id)
        .with_for_update(of=Charge)
        .execution_options(populate_existing=True)
    ).all()
    return sum(_kept(row, charge, now=now) for charge in owed)


def after_flight(refund: Refund, charge: Charge, *, now: datetime) -> None:
    """A refund was on its way when its payment's dispute was lost, and never left: what the bank
    took keeps it after all, out of what was booked as a loss.
    """
    row = db.session.scalars(
        sa.select(Dispute).where(Dispute.payment_id == refund.payment_id, Dispute.state == "lost")
    ).first()
    place = places.get(refund.location_id)
    if row is None or places.business_date(place, refund.created_at) > (row.closed_on or date.min):
        return
    cents = _kept(row, charge, now=now)
    entry = books.dispute_kept(
        refund_id=refund.id,
        on=places.business_date(place, now),
        currency=row.currency,
        location_id=row.location_id,
        amount_cents=cents,
        invoice_id=row.invoice_id,
    )
    ledger.post([entry], now=now)


def _kept(row: Dispute, charge: Charge, *, now: datetime) -> int:
    """Of a promise: what no refund stands for, as far as this bank's money still reaches."""
    cents = sa.func.coalesce(sa.func.sum(KeptByBank.amount_cents), 0)
    query = sa.select(sa.cast(cents, sa.BigInteger)).where(KeptByBank.dispute_id == row.id)
    left_cents = row.amount_cents - (db.session.scalar(query) or 0)
    kept_cents = min(promises.uncovered_cents(charge), left_cents)
    if kept_cents <= 0:
        return 0
    db.session.add(
        KeptByBank(
            id=new_id(),
            dispute_id=row.id,
            charge_row_id=charge.id,
            amount_cents=kept_cents,
            at=now,
        )
    )
    db.session.flush()
    promises.restate(charge)
    return kept_cents
