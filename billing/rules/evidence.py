"""What speaks for a disputed payment, as values; and which deeds and letters are part of it. Pure.

What is not named here is not told: no hold, no ground of an exit, no offer that a score led to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

LETTERS: Final[Mapping[str, str]] = {
    "conversion": "First charge after a starter, announced",
    "window_3": "Three days left to use the sessions",
    "window_1": "One day left to use the sessions",
    "step_down": "Lower tier, announced",
    "price_rise_1": "Price rise, first letter",
    "price_rise_2": "Price rise, second letter",
    "price_rise_3": "Price rise, third letter",
}
ENDINGS: Final[Mapping[str, str]] = {
    "membership.cancelled": "Plan cancelled",
    "membership.cancel_undone": "Cancellation taken back",
    "membership.ended": "Plan ended",
    "membership.lapsed": "Plan ended unpaid",
    "membership.end_now": "Plan ended at once",
    "membership.cooling_off": "Purchase of the plan undone",
    "consent.withdrawn": "Agreement withdrawn",
    "pack.refund_unused": "Pack given back",
    "pack.cooling_off": "Purchase of the pack undone",
}


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed to or signed: its exact text and version, when, and from where."""

    what: str
    version: str
    text: str
    price_cents: int | None
    at: datetime
    place_name: str
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Billed:
    """A line of the disputed invoice, in minor units."""

    description: str
    net_cents: int
    tax_name: str
    tax_cents: int
    period_start: date | None
    period_end: date | None


@dataclass(frozen=True, slots=True)
class Written:
    """A letter about money, and the proof of its way."""

    what: str
    about_on: date
    sent_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Visited:
    """A session that was given: when, by the studio's date, and where."""

    on: date
    place_name: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A step towards an end, and whether the member or the studio took it."""

    what: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Money that went back, or was promised, of the same invoice; minor units."""

    what: str
    on: date
    amount_cents: int
    state: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything, about one dispute; amounts in minor units of `currency`."""

    dispute_id: UUID
    stripe_id: str
    reason: str
    state: str
    opened_at: datetime
    due_at: datetime | None
    amount_cents: int
    currency: str
    place_name: str
    zone: str
    member_name: str
    member_email: str
    invoice_id: UUID
    invoice_number: str
    issued_on: date
    charge_id: str
    paid_on: date
    paid_cents: int
    agreed: Sequence[Agreed]
    lines: Sequence[Billed]
    letters: Sequence[Written]
    visits: Sequence[Visited]
    endings: Sequence[Ended]
    given_back: Sequence[GivenBack]
