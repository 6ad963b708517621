"""A bank only asks about a payment: no money moves, and the studio may answer or refund it.

The member keeps what they bought. Their saved card is not charged without them meanwhile, for
who asks their bank about one payment should not find the next one. If the bank takes the money
after all, the inquiry becomes that dispute (billing/dispute_effects).
"""

from __future__ import annotations

from datetime import date, datetime

from billing.cards import mandates
from billing.disputes import dispute_rows
from billing.gateway import DisputeSeen
from billing.models import Dispute, Invoice, Payment


def opened(seen: DisputeSeen, *, invoice: Invoice, payment: Payment, now: datetime) -> Dispute:
    """Write an inquiry down; nothing is booked."""
    row = dispute_rows.written(seen, "inquiry", invoice=invoice, payment=payment)
    mandates.pause(row, now=now)
    dispute_rows.record(row, "dispute.inquiry", now=now)
    return row


def closed(row: Dispute, *, on: date, now: datetime) -> None:
    """The bank asks no more, and took nothing."""
    dispute_rows.close(row, "closed", on=on)
    mandates.resume(row, now=now)
    dispute_rows.record(row, "dispute.inquiry_closed", now=now)
