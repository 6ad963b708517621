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
from locations.rules.entries import Entry, Leg, SaleLine, Unbalanced, check

__all__ = [
    "Entry",
    "Leg",
    "SaleLine",
    "Unbalanced",
    "check",
    "credit_note",
    "expiry",
    "expiry_undone",
    "payment",
    "redemption",
    "redemption_undone",
    "sale",
    "taken_back",
    "time_earned",
    "written_off",
]
