"""What Stripe's balance and ours have to do with each other. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from billing.rules.dispute import HELD

CHARGES = frozenset({"charge", "payment"})
REFUNDS = frozenset({"refund", "payment_refund", "refund_failure", "payment_failure_refund"})
DISPUTES = frozenset({"adjustment"})
PAYOUT_KINDS = frozenset({"payout", "payout_failure", "payout_cancel"})
# Whose amount another entry books: a payment, a refund, a dispute, a payout. Of the rest, such
# as a monthly fee of Stripe's own, all that moved is a cost.
BOOKED_ELSEWHERE = CHARGES | REFUNDS | DISPUTES | PAYOUT_KINDS

GONE = frozenset({"failed", "canceled"})
# What only a person can say the studio of: money and costs that nothing of ours leads to.
PLACED_BY_HAND = frozenset({"unplaced", "unknown_charge", "unknown_refund", "unknown_dispute"})

# What settled at Stripe a moment ago may not have reached us yet, nor the other way.
SETTLING = timedelta(hours=1)
BOOKING = timedelta(days=1)
# Stripe lists by creation; what was under way at the last look is listed again.
OVERLAP = timedelta(days=3)
# How much longer than its schedule a movement may wait for its payout.
LATE = timedelta(days=7)

BreakKind = Literal[
    "unknown_charge",
    "charge_differs",
    "charge_missing",
    "unknown_refund",
    "refund_differs",
    "refund_missing",
    "unknown_dispute",
    "dispute_differs",
    "other_currency",
    "unplaced",
    "payout_unbooked",
    "payout_late",
    "clearing",
]
WORDS: dict[str, str] = {
    "unknown_charge": "Money at Stripe that nothing of ours tells of",
    "charge_differs": "A payment of another amount at Stripe",
    "charge_missing": "A payment that Stripe's balance does not show",
    "unknown_refund": "A refund at Stripe that nothing of ours tells of",
    "refund_differs": "A refund of another amount at Stripe",
    "refund_missing": "A refund that Stripe's balance does not show",
    "unknown_dispute": "A dispute at Stripe that nothing of ours tells of",
    "dispute_differs": "A dispute whose money stands otherwise at Stripe",
    "other_currency": "Money that Stripe settled in another currency than its studio's",
    "unplaced": "A movement that belongs to no studio yet",
    "payout_unbooked": "A payout whose make-up is not known",
    "payout_late": "Money that should have been paid out by now",
    "clearing": "Money at Stripe that differs from the books",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Where Stripe and the books differ; amounts in minor units, None where one side is silent.

    `subject_key` names what it is about, for as long as it lasts.
    """

    kind: BreakKind
    subject_key: str
    location_id: UUID | None
    ours_cents: int | None
    theirs_cents: int | None
    currency: str
    detail: str


def cost_cents(kind: str, *, fee_cents: int, net_cents: int) -> int:
    """What of a movement is a cost: its fee, or all of it where it is nothing else."""
    return fee_cents if kind in BOOKED_ELSEWHERE else -net_cents


def expected_of_dispute(state: str, amount_cents: int) -> int:
    """What a dispute has moved of the balance: its amount is held, and comes back when won.

    An inquiry moves nothing.
    """
    return -amount_cents if state in HELD else 0
