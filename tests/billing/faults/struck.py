"""What may go wrong with a call to Stripe, and how long one waits until it is known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

ON = date(2027, 1, 4)
LEASE_MS = 121_000
DAY_MS = 86_400_000
KEYS_ARE_KEPT = timedelta(hours=25)

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "timeout_before"},
    {"kind": "timeout_after"},
    {"kind": "reset"},
    {"kind": "reset_after"},
    {"kind": "500_before"},
    {"kind": "500_after"},
    {"kind": "500_outside"},
    {"kind": "409"},
    {"kind": "429"},
    {"kind": "429", "retry_after": 0},
    {"kind": "latency", "ms": 1500},
    {"kind": "unreadable"},
    {"kind": "undecodable"},
    {"kind": "wrong_object"},
)


def named(fault: dict[str, Any]) -> str:
    """As a test's name says it."""
    return fault["kind"] + (" with Retry-After" if "retry_after" in fault else "")
