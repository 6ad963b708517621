"""Reads Stripe's objects into our values. A body without what we need is unknown, not empty."""

from __future__ import annotations

from typing import Any

import stripe

from billing.gateway.values import Card, Intent, OutcomeUnknown, RefundSeen, Session


def intent(found: Any) -> Intent:
    """A PaymentIntent; refuses anything else, so a wrong object can never settle an attempt."""
    if _get(found, "object") != "payment_intent":
        raise OutcomeUnknown(f"expected a payment_intent, got {_get(found, 'object')!r}")
    charge = _get(found, "latest_charge")
    error = _get(found, "last_payment_error")
    return Intent(
        id=found["id"],
        status=found["status"],
        amount_cents=found["amount"],
        currency=str(found["currency"]).upper(),
        charge_id=_id(charge) or _get(error, "charge"),
        decline_code=_get(error, "decline_code") or _get(error, "code"),
        advice_code=_get(error, "network_advice_code") or None,
        network_code=_get(error, "network_decline_code") or None,
        stripe_advice=_get(error, "advice_code") or None,
        next_action_url=_get(_get(_get(found, "next_action"), "redirect_to_url"), "url"),
        customer_id=_id(_get(found, "customer")),
        payment_method_id=_id(_get(found, "payment_method")) or _id(_get(error, "payment_method")),
        live_mode=bool(_get(found, "livemode")),
        created=int(_get(found, "created") or 0),
        metadata=_metadata(found),
    )


def customer_id(found: Any) -> str:
    """A Customer's id; refuses anything else, which would be kept for ever as the member's."""
    if _get(found, "object") != "customer":
        raise OutcomeUnknown(f"expected a customer, got {_get(found, 'object')!r}")
    return found["id"]


def declined_intent(error: stripe.CardError, stripe_id: str) -> Intent:
    """The intent that a decline carries in its body."""
    body = error.json_body if isinstance(error.json_body, dict) else {}
    carried = (body.get("error") or {}).get("payment_intent")
    if not carried:
        raise OutcomeUnknown(f"a decline without its intent {stripe_id}") from error
    return intent(carried)


def card(found: Any) -> Card:
    """A card payment method."""
    details = _get(found, "card")
    if details is None:
        raise OutcomeUnknown("a payment method that is not a card")
    return Card(
        payment_method_id=found["id"],
        brand=details["brand"],
        last4=details["last4"],
        exp_month=details["exp_month"],
        exp_year=details["exp_year"],
        fingerprint=_get(details, "fingerprint"),
    )


def session(found: Any) -> Session:
    """A Checkout Session with whatever of its payment, set-up and card was expanded."""
    if _get(found, "object") != "checkout.session":
        raise OutcomeUnknown(f"expected a checkout.session, got {_get(found, 'object')!r}")
    paid = _get(found, "payment_intent")
    set_up = _get(found, "setup_intent")
    method = _get(paid, "payment_method") or _get(set_up, "payment_method")
    return Session(
        id=found["id"],
        mode=found["mode"],
        status=found["status"],
        payment_status=found["payment_status"],
        url=_get(found, "url"),
        customer_id=_id(_get(found, "customer")),
        intent=intent(paid) if _get(paid, "object") else None,
        card=card(method) if _get(method, "object") else None,
        metadata=_metadata(found),
    )


def refund(found: Any) -> RefundSeen:
    """A Refund; refuses anything else, so that a wrong object can never settle one of ours."""
    if _get(found, "object") != "refund":
        raise OutcomeUnknown(f"expected a refund, got {_get(found, 'object')!r}")
    return RefundSeen(
        id=found["id"],
        status=found["status"],
        amount_cents=found["amount"],
        currency=str(found["currency"]).upper(),
        charge_id=_id(_get(found, "charge")),
        failure_code=_get(found, "failure_reason"),
        created=int(_get(found, "created") or 0),
        metadata=_metadata(found),
    )


def listed(found: Any) -> list[Any]:
    """What a page of a list holds; anything but a list is unknown, not empty."""
    data = _get(found, "data")
    if _get(found, "object") != "list" or not isinstance(data, list):
        raise OutcomeUnknown(f"expected a list, got {_get(found, 'object')!r}")
    return data


def has_more(page: Any) -> bool:
    """Whether a list goes on."""
    return bool(_get(page, "has_more"))


def _get(found: Any, name: str) -> Any:
    """A field of an expanded object; nothing of an id or of nothing."""
    if found is None or isinstance(found, str):
        return None
    try:
        return found[name]
    except KeyError:
        return None


def _id(found: Any) -> str | None:
    return found if isinstance(found, str) else _get(found, "id")


def _metadata(found: Any) -> dict[str, str]:
    held = _get(found, "metadata")
    if isinstance(held, stripe.StripeObject):  # which is no mapping, and refuses to be walked
        held = held.to_dict()
    return dict(held) if held else {}
