"""One try at being paid: ask the issuer, then write what it said, all in the same commit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from stripe_sandbox.call import Call
from stripe_sandbox.errors import ApiError, invalid
from stripe_sandbox.objects import charges, payment_methods
from stripe_sandbox.outcomes import APPROVED, AUTHENTICATE, Outcome
from stripe_sandbox.shapes import Obj, public


@dataclass(frozen=True)
class Presence:
    """Whether the customer is there to be asked, and what they have already answered."""

    on_session: bool
    authenticated: bool
    return_url: str | None
    refuses_action: bool = False


def attempt(call: Call, intent: Obj, method: Obj, presence: Presence) -> Obj:
    """Try the card. Returns the intent, succeeded or waiting for the customer; a decline raises."""
    outcome = charges.ask_issuer(
        call, method, on_session=presence.on_session, authenticated=presence.authenticated
    )
    intent["payment_method"] = method["id"]
    if outcome.name == APPROVED:
        return _succeed(call, intent, method, outcome)
    if outcome.name == AUTHENTICATE and presence.on_session and not presence.refuses_action:
        return _ask_customer(call, intent, presence.return_url)
    return _decline(call, intent, method, outcome)


def answer_authentication(call: Call, intent: Obj, *, passed: bool) -> Obj:
    """What the bank's page reports. Passed: the same intent is tried. Else it needs a new card."""
    if intent["status"] != "requires_action":
        raise invalid("This PaymentIntent is not waiting for authentication.",
                      code="payment_intent_unexpected_state", payment_intent=intent)  # fmt: skip
    method = call.get("payment_method", intent["payment_method"])
    if passed:
        presence = Presence(on_session=True, authenticated=True, return_url=None)
        return attempt(call, intent, method, presence)
    error = {"type": "invalid_request_error", "code": "payment_intent_authentication_failure",
             "message": "The provided PaymentMethod has failed authentication. You can provide"
                        " payment_method_data or a new PaymentMethod to attempt to fulfill this"
                        " PaymentIntent again.",
             "payment_method": public(method)}  # fmt: skip
    return _back_to_start(call, intent, error)


def redirect_back(intent: Obj) -> str:
    """Where the customer goes after the bank's page: the caller's `return_url` with the outcome."""
    url = intent.get("_return_url") or ""
    outcome = "succeeded" if intent["status"] == "succeeded" else "failed"
    query = urlencode({"payment_intent": intent["id"],
                       "payment_intent_client_secret": intent["client_secret"],
                       "redirect_status": outcome})  # fmt: skip
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _succeed(call: Call, intent: Obj, method: Obj, outcome: Outcome) -> Obj:
    charge = charges.record(call, intent, method, replace(outcome))
    intent.update(
        status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"],
        next_action=None, last_payment_error=None,
    )  # fmt: skip
    call.store.save(intent)
    if method["customer"] is None:
        _keep_or_spend(call, intent, method)
    call.emit("payment_intent.succeeded", intent)
    return intent


def _keep_or_spend(call: Call, intent: Obj, method: Obj) -> None:
    """A card used for a payment is attached when that was asked for; else it is used up."""
    if intent["setup_future_usage"] and intent["customer"]:
        set_up = intent["setup_future_usage"] == "off_session"
        payment_methods.bind(call, method, intent["customer"], set_up=set_up)
    else:
        call.store.save({**method, "_spent": True})


def _ask_customer(call: Call, intent: Obj, return_url: str | None) -> Obj:
    if return_url is None:
        action: Obj = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    else:
        page = (
            f"{call.base_url}/authenticate/{intent['id']}?client_secret={intent['client_secret']}"
        )
        action = {"type": "redirect_to_url",
                  "redirect_to_url": {"url": page, "return_url": return_url}}  # fmt: skip
    intent.update(status="requires_action", next_action=action, _return_url=return_url)
    call.store.save(intent)
    call.emit("payment_intent.requires_action", intent)
    return intent


def _decline(call: Call, intent: Obj, method: Obj, outcome: Outcome) -> Obj:
    charge = charges.record(call, intent, method, outcome)
    intent["latest_charge"] = charge["id"]
    error = {
        "type": "card_error", "code": outcome.code, "decline_code": outcome.name,
        "message": outcome.message, "charge": charge["id"], "payment_method": public(method),
        "advice_code": outcome.advice_code, "network_advice_code": outcome.network_advice_code,
        "network_decline_code": outcome.network_decline_code,
    }  # fmt: skip
    error = {name: value for name, value in error.items() if value is not None}
    failed = _back_to_start(call, intent, error)
    raise ApiError(402, {**error, "payment_intent": failed}, keeps_effects=True)


def _back_to_start(call: Call, intent: Obj, error: Obj) -> Obj:
    failed = {**intent, "status": "requires_payment_method", "payment_method": None,
              "next_action": None, "last_payment_error": error}  # fmt: skip
    call.store.save(failed)
    call.emit("payment_intent.payment_failed", failed)
    return failed
