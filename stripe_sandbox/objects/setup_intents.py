"""Setup intents: a card saved for later, made by Checkout sessions of mode setup."""

from __future__ import annotations

from stripe_sandbox.call import Call
from stripe_sandbox.errors import ApiError
from stripe_sandbox.lists import page
from stripe_sandbox.objects import payment_methods
from stripe_sandbox.outcomes import CARDS, outcome_named
from stripe_sandbox.shapes import Obj, public
from stripe_sandbox.store import new_id


def build(call: Call, *, customer_id: str | None, description: str | None, metadata: Obj) -> Obj:
    """A new intent to save a card, waiting for one."""
    object_id = new_id("seti")
    intent = call.add(
        "setup_intent",
        {
            "id": object_id, "client_secret": new_id(f"{object_id}_secret"),
            "customer": customer_id, "description": description, "metadata": metadata,
            "status": "requires_payment_method",
        },
    )  # fmt: skip
    call.emit("setup_intent.created", intent)
    return intent


def retrieve(call: Call, intent_id: str) -> Obj:
    """One setup intent."""
    return call.get("setup_intent", intent_id)


def list_(call: Call) -> Obj:
    """Setup intents, newest first, by customer and creation."""
    return page(call.store, "setup_intent", params=call.params,
                filters={"customer": call.params.get("customer")},
                url="/v1/setup_intents")  # fmt: skip


def offer(call: Call, intent: Obj, method: Obj) -> Obj:
    """Try to save a card: saved, waiting for authentication, or declined (raises, kept)."""
    card = CARDS[method["_token"]]
    if not card.attaches:
        outcome = outcome_named(card.outcome)
        error = {"type": "card_error", "code": outcome.code, "decline_code": outcome.name,
                 "message": outcome.message, "payment_method": public(method)}  # fmt: skip
        raise ApiError(402, {**error, "setup_intent": _failed(call, intent, error)},
                       keeps_effects=True)  # fmt: skip
    if card.authenticate != "never":
        waiting = {**intent, "status": "requires_action", "payment_method": method["id"],
                   "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}}}  # fmt: skip
        call.store.save(waiting)
        call.emit("setup_intent.requires_action", waiting)
        return waiting
    return _succeed(call, intent, method)


def answer_authentication(call: Call, intent: Obj, *, passed: bool) -> Obj:
    """What the bank's page reports about the card that waits."""
    method = call.get("payment_method", intent["payment_method"])
    if passed:
        return _succeed(call, intent, method)
    error = {"type": "invalid_request_error", "code": "setup_intent_authentication_failure",
             "message": "The provided PaymentMethod has failed authentication.",
             "payment_method": public(method)}  # fmt: skip
    return _failed(call, intent, error)


def _succeed(call: Call, intent: Obj, method: Obj) -> Obj:
    if intent["customer"]:
        payment_methods.bind(call, method, intent["customer"], set_up=True)
    done = {**intent, "status": "succeeded", "payment_method": method["id"], "next_action": None,
            "last_setup_error": None}  # fmt: skip
    call.store.save(done)
    call.emit("setup_intent.succeeded", done)
    return done


def _failed(call: Call, intent: Obj, error: Obj) -> Obj:
    failed = {**intent, "status": "requires_payment_method", "payment_method": None,
              "next_action": None, "last_setup_error": error}  # fmt: skip
    call.store.save(failed)
    call.emit("setup_intent.setup_failed", failed)
    return failed
