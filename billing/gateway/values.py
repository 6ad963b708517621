"""What the rest of the house may know of Stripe's objects: small frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

IntentStatus = Literal[
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
    "canceled",
    "succeeded",
]


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent as last seen. `charge_id` is its newest charge, paid or declined.

    What its last decline said: Stripe's `decline_code` and own advice, the network's code and
    advice. `payment_method_id` is the card that it is paid with, or that was declined.
    """

    id: str
    status: str
    amount_cents: int
    currency: str
    charge_id: str | None = None
    decline_code: str | None = None
    advice_code: str | None = None
    network_code: str | None = None
    stripe_advice: str | None = None
    next_action_url: str | None = None
    customer_id: str | None = None
    payment_method_id: str | None = None
    live_mode: bool = False
    created: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """A saved card as Stripe describes it; never a number."""

    payment_method_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A Checkout Session. `intent` is set once its payment has begun; `url` while it is open."""

    id: str
    mode: str
    status: str
    payment_status: str
    url: str | None
    customer_id: str | None
    intent: Intent | None
    card: Card | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """A refund as last seen: pending, requires_action, succeeded, failed or canceled."""

    id: str
    status: str
    amount_cents: int
    currency: str
    charge_id: str | None = None
    failure_code: str | None = None
    created: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict)


class OutcomeUnknown(Exception):
    """The call may or may not have taken effect: leave it, look later, never call it failed."""


class Throttled(Exception):
    """Refused before Stripe looked at it (429): nothing happened, wait and ask again."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"retry after {retry_after_s} s")
        self.retry_after_s = retry_after_s


class GatewayRefused(Exception):
    """Stripe refuses the request itself; asking again will not help."""

    def __init__(self, code: str, message: str, *, status: int) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status
