"""The hosted card page as plain values: what it is asked to show, and what its answers mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

# Stripe takes 30 minutes to 24 hours from when *it* makes the page. A little more than the least:
# a lost answer is asked for again with the same parameters, and clocks differ.
PAGE_LIVES = timedelta(minutes=45)
MOST_NAME = 250

Verdict = Literal["paid", "expired", "waiting"]
Move = Literal["place", "close_page", "cancel_intent", "wait", "done"]


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line the page shows; whole minor units, never negative."""

    name: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class PageIds:
    """Our keys, carried by the session and by its intent, so either leads back to our rows."""

    invoice_id: UUID
    attempt_id: UUID
    intent_id: UUID
    member_id: UUID
    reason: str
    source_key: str

    def metadata(self) -> dict[str, str]:
        """As Stripe keeps them: short names, text values."""
        return {
            "invoice": str(self.invoice_id),
            "attempt": str(self.attempt_id),
            "intent": str(self.intent_id),
            "member": str(self.member_id),
            "reason": self.reason,
            "source": self.source_key,
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """What could still take money for one invoice.

    `attempt` is the state of the attempt in flight and `kind` its kind, nothing where none is;
    `intent_at_stripe` tells whether the live intent row has an object at Stripe.
    """

    invoice: str
    attempt: str | None
    kind: str | None
    intent_at_stripe: bool


def page_lines(lines: Sequence[tuple[str, int]], taxes: Mapping[str, int]) -> tuple[PageLine, ...]:
    """The page's lines: each (description, net cents), then each tax by name.

    Sides worth nothing are left out: the page refuses nothing but shows noise. It takes no
    negative line, so that where one is given back, what is left of both stands on the last.
    """
    if any(cents < 0 for _, cents in lines):
        lines = [(lines[-1][0], sum(cents for _, cents in lines))]
    if any(cents < 0 for cents in (*taxes.values(), *(cents for _, cents in lines))):
        lines = [(lines[-1][0], lines[-1][1] + sum(taxes.values()))]
        taxes = {}
    shown = [PageLine(text[:MOST_NAME], cents) for text, cents in lines if cents]
    shown += [PageLine(name[:MOST_NAME], cents) for name, cents in taxes.items() if cents]
    return tuple(shown)


def rest_of(description: str, due_cents: int) -> tuple[PageLine, ...]:
    """One line for what is left to pay of something."""
    return (PageLine(f"{description}, what is left to pay"[:MOST_NAME], due_cents),)


def payment_page(
    *,
    customer_id: str,
    currency: str,
    lines: Sequence[PageLine],
    ids: PageIds,
    keep_card: bool,
    return_url: str,
    leave_url: str,
    asked_at: datetime,
) -> dict[str, Any]:
    """Parameters of a Checkout Session that takes one invoice's money once.

    The same rows give the same parameters, so asking again with the same key is a replay.
    `keep_card` only where a consent to later charges is on record.
    """
    intent: dict[str, Any] = {"metadata": ids.metadata()}
    if keep_card:
        intent["setup_future_usage"] = "off_session"
    return {
        "mode": "payment",
        "customer": customer_id,
        "client_reference_id": str(ids.invoice_id),
        "allowed_payment_method_types": ["card"],
        "line_items": [_line_item(line, currency) for line in lines],
        "metadata": ids.metadata(),
        "payment_intent_data": intent,
        "success_url": _with_session(return_url),
        "cancel_url": leave_url,
        "expires_at": int((asked_at + PAGE_LIVES).timestamp()),
    }


def card_page(
    *,
    customer_id: str,
    currency: str,
    setup_id: UUID,
    member_id: UUID,
    return_url: str,
    leave_url: str,
    asked_at: datetime,
) -> dict[str, Any]:
    """Parameters of a Checkout Session that saves a card and takes no money."""
    metadata = {"setup": str(setup_id), "member": str(member_id)}
    return {
        "mode": "setup",
        "customer": customer_id,
        "currency": currency.lower(),
        "allowed_payment_method_types": ["card"],
        "metadata": metadata,
        "setup_intent_data": {"metadata": metadata},
        "success_url": _with_session(return_url),
        "cancel_url": leave_url,
        "expires_at": int((asked_at + PAGE_LIVES).timestamp()),
    }


def verdict(*, status: str, payment_status: str) -> Verdict:
    """What a payment session says: completed is not paid until it says paid."""
    if status == "expired":
        return "expired"
    if status == "complete" and payment_status == "paid":
        return "paid"
    return "waiting"


def next_move(standing: Standing) -> Move:
    """What must happen before another card page may be opened for an invoice.

    *place*: nothing else can take its money. *done*: no money is owed. *wait*: a worker is
    asking Stripe or about to. The rest close what stands, and are followed by another look.
    """
    if standing.invoice not in ("draft", "open"):
        return "done"
    if standing.attempt == "succeeded":
        return "done"
    if standing.attempt in ("ready", "sending"):
        return "wait"
    if standing.attempt == "action" and standing.kind == "checkout":
        return "close_page"
    if standing.intent_at_stripe:
        return "cancel_intent"
    return "wait" if standing.attempt == "action" else "place"


def _line_item(line: PageLine, currency: str) -> dict[str, Any]:
    return {
        "quantity": 1,
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": line.amount_cents,
            "product_data": {"name": line.name},
        },
    }


def _with_session(url: str) -> str:
    """Stripe puts the session's id in place of the braces."""
    joint = "&" if "?" in url else "?"
    return url + joint + "session_id={CHECKOUT_SESSION_ID}"
