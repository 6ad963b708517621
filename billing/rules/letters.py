"""What a letter from Stripe is about, and when to open it again. Its content decides nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

About = Literal[
    "session", "intent", "charge", "dispute", "warning", "refund", "refunded", "money", "nothing"
]

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)

# Money that moves without us: until the product answers these itself, a person must see them.
_BY_HAND = ("payout.failed", "radar.")


def about(event_type: str) -> About:
    """Which of our rows an event can concern, by its type alone."""
    if event_type.startswith("radar.early_fraud_warning."):
        return "warning"
    if event_type.startswith(_BY_HAND):
        return "money"
    if event_type.startswith("checkout.session."):
        return "session"
    if event_type.startswith("payment_intent."):
        return "intent"
    if event_type.startswith("charge.dispute."):
        return "dispute"
    if event_type.startswith(("refund.", "charge.refund.")):
        return "refund"
    if event_type == "charge.refunded":
        return "refunded"
    if event_type.startswith("charge."):
        return "charge"
    return "nothing"


def wait_after(tries: int) -> timedelta:
    """How long to leave a letter that could not be settled, after this many tries (from 1)."""
    doubled = FIRST_WAIT * 2 ** min(tries - 1, 16)
    return min(doubled, LONGEST_WAIT)
