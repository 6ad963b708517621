"""Which postings an event makes, as values ready to be posted: the whole list in one place.

Sides worth nothing are left out; an entry without a single side says that the books do not
move, and posting it writes nothing.
"""

from __future__ import annotations

from locations.rules.claims import credit_note, payment, sale, taken_back, written_off
from locations.rules.deliveries import (
    expiry,
    expiry_undone,
    redemption,
    redemption_undone,
    time_earned,
)
from locations.rules.disputes import dispute_lost, dispute_opened, dispute_won
from locations.rules.entries import Entry, Leg, SaleLine, Unbalanced, check
from locations.rules.payouts import payout, payout_failed, processor_fee
from locations.rules.refunds import overpaid, refund_failed, refund_sent
from locations.rules.tenders import credit_granted, gift_card_cashed, tender_given_back, tender_paid
from locations.rules.till import terminal_settled, till_counted, till_float, till_moved

__all__ = [
    "Entry",
    "Leg",
    "SaleLine",
    "Unbalanced",
    "check",
    "credit_granted",
    "credit_note",
    "dispute_lost",
    "dispute_opened",
    "dispute_won",
    "expiry",
    "expiry_undone",
    "gift_card_cashed",
    "overpaid",
    "payment",
    "payout",
    "payout_failed",
    "processor_fee",
    "redemption",
    "redemption_undone",
    "refund_failed",
    "refund_sent",
    "sale",
    "taken_back",
    "tender_given_back",
    "tender_paid",
    "terminal_settled",
    "till_counted",
    "till_float",
    "till_moved",
    "time_earned",
    "written_off",
]
