"""What money found at Stripe belongs to, when our own rows no longer tell. Pure.

After a restore an invoice may be unknown here and be issued anew under another id. What it is
for outlives it: the plan's consent and the period's first day, or the sale, visit or hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

PERIODS = frozenset({"renewal", "first_period"})

Fate = Literal["known", "settle", "attach", "second", "leave", "stray"]


@dataclass(frozen=True, slots=True)
class Ours:
    """What we hold of an intent that has succeeded at Stripe; None where we hold nothing.

    `attempt` is the state of the attempt whose intent row carries its id, `pointed` that of the
    attempt its metadata names and `pointed_intent` whether that one goes through another intent.
    `invoice` is the state of the invoice it names or was for, `invoice_attempt` that of the
    attempt in flight there.
    """

    attempt: str | None = None
    pointed: str | None = None
    pointed_elsewhere: bool = False
    invoice: str | None = None
    invoice_attempt: str | None = None


def source_key(
    reason: str,
    *,
    source_id: UUID,
    membership_id: UUID | None,
    consent_id: UUID | None,
    period_start: date | None,
) -> str:
    """What an invoice is for, in words that a restored database would choose again.

    A period is told by its plan's consent (or the plan, where there is none) and its first day,
    anything else by its source.
    """
    if reason in PERIODS and period_start is not None:
        return f"{consent_id or membership_id}:{period_start.isoformat()}"
    return str(source_id)


def named(metadata: Mapping[str, str], what: str) -> UUID | None:
    """One of our keys inside Stripe's metadata, if it is there and is one."""
    try:
        return UUID(metadata.get(what, ""))
    except ValueError:
        return None


def fate(ours: Ours) -> Fate:
    """What to do with money that Stripe has taken.

    "known": it is booked. "settle": its attempt is here and waits for the news. "attach": its
    invoice is here, and this is what pays it. "second": its invoice was paid by another charge.
    "leave": a worker is at it. "stray": nothing here tells of it, yet.
    """
    attempt = ours.attempt or (None if ours.pointed_elsewhere else ours.pointed)
    if attempt == "succeeded":
        return "known"
    if attempt is not None and (attempt != "failed" or ours.invoice_attempt is None):
        return "settle"
    if ours.invoice is None:
        return "stray"
    if ours.invoice_attempt in ("sending", "action"):
        return "leave"
    return "attach" if ours.invoice in ("open", "draft") else "second"
