"""Payment intents: one wish to be paid once. It can be tried often and can succeed only once."""

from __future__ import annotations

from typing import NoReturn

from stripe_sandbox.call import Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.lists import page
from stripe_sandbox.objects import customers, payment_methods, trying
from stripe_sandbox.shapes import Obj
from stripe_sandbox.store import new_id

_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_CURRENCIES = frozenset({"usd", "cad", "eur", "gbp", "aud", "nzd", "chf", "sek", "nok", "dkk"})
_SMALLEST = {"usd": 50, "gbp": 30, "sek": 300, "nok": 300, "dkk": 250}
_ONLY_WITH_CONFIRM = ("off_session", "return_url", "error_on_requires_action")


def create(call: Call) -> Obj:
    """Make an intent; with `confirm` it is tried at once."""
    given = call.params
    confirms = given.get("confirm", False)
    for name in () if confirms else _ONLY_WITH_CONFIRM:
        if name in given:
            raise invalid(f"The parameter `{name}` cannot be passed when creating a PaymentIntent"
                          " unless `confirm` is set to true.", param=name)  # fmt: skip
    if customer_id := given.get("customer"):
        customers.living(call, customer_id)
    intent = build(call, {**given, "metadata": call.merged_metadata({})})
    if token := given.get("payment_method"):
        _choose(call, intent, token)
    call.store.save(intent)
    call.emit("payment_intent.created", intent)
    return _try(call, intent) if confirms else intent


def build(call: Call, fields: Obj) -> Obj:
    """A stored intent from checked fields; amounts and currencies Stripe refuses are refused."""
    check_amount(fields["amount"], fields["currency"])
    object_id = new_id("pi")
    automatic = fields.get("automatic_payment_methods")
    allowed = fields.get("allowed_payment_method_types")
    if allowed is None and automatic is None:
        automatic = {"enabled": True}
    if automatic is not None:
        automatic = {"allow_redirects": "always", **automatic}
    names = ("amount", "customer", "description", "receipt_email", "setup_future_usage",
             "statement_descriptor_suffix", "metadata", "_session")  # fmt: skip
    return call.add(
        "payment_intent",
        {
            **{name: fields[name] for name in names if name in fields},
            "id": object_id,
            "currency": fields["currency"].lower(),
            "allowed_payment_method_types": allowed,
            "automatic_payment_methods": automatic,
            "client_secret": new_id(f"{object_id}_secret"),
            "status": "requires_payment_method",
        },
    )


def check_amount(amount: int, currency: str) -> None:
    """Stripe's bounds: a known currency, at least its smallest charge, at most eight digits."""
    if currency.lower() not in _CURRENCIES:
        raise invalid(f"Invalid currency: {currency}.", param="currency")
    if amount < 1:
        raise invalid("This value must be greater than or equal to 1.", param="amount",
                      code="parameter_invalid_integer")  # fmt: skip
    if amount < _SMALLEST.get(currency.lower(), 50):
        raise invalid("Amount must be at least the smallest charge of this currency.",
                      param="amount", code="amount_too_small")  # fmt: skip
    if amount > 99_999_999:
        raise invalid("Amount must be no more than 99999999.", param="amount",
                      code="amount_too_large")  # fmt: skip


def retrieve(call: Call, intent_id: str) -> Obj:
    """One intent."""
    return call.get("payment_intent", intent_id)


def update(call: Call, intent_id: str) -> Obj:
    """Change metadata, description, amount or card of an intent that is not over."""
    intent = call.get("payment_intent", intent_id)
    given = call.params
    if intent["status"] in ("succeeded", "canceled") and set(given) & {"amount", "payment_method"}:
        _refuse_state(intent, "update")
    if "amount" in given:
        _refuse_session(intent)
        check_amount(given["amount"], intent["currency"])
        intent["amount"] = given["amount"]
    for name in ("description", "receipt_email"):
        if name in given:
            intent[name] = given[name] or None
    intent["metadata"] = call.merged_metadata(intent["metadata"])
    if "payment_method" in given:
        _refuse_session(intent)
        _choose(call, intent, given["payment_method"])
    call.store.save(intent)
    return intent


def confirm(call: Call, intent_id: str) -> Obj:
    """Try to be paid. A declined card is a 402, and what happened is kept."""
    intent = call.get("payment_intent", intent_id)
    if intent["status"] not in _CONFIRMABLE:
        _refuse_state(intent, "confirm")
    _refuse_session(intent)
    if usage := call.params.get("setup_future_usage"):
        intent["setup_future_usage"] = usage
    if allowed := call.params.get("allowed_payment_method_types"):
        intent["allowed_payment_method_types"] = allowed
    if token := call.params.get("payment_method"):
        _choose(call, intent, token)
    return _try(call, intent)


def cancel(call: Call, intent_id: str) -> Obj:
    """End an intent that has not succeeded."""
    intent = call.get("payment_intent", intent_id)
    if intent["status"] not in _CONFIRMABLE:
        _refuse_state(intent, "cancel")
    _refuse_session(intent)
    return end(call, intent, call.params.get("cancellation_reason"))


def end(call: Call, intent: Obj, reason: str | None) -> Obj:
    """Mark an intent canceled, for this reason, and say so."""
    ended = {**intent, "status": "canceled", "cancellation_reason": reason,
             "canceled_at": call.now, "next_action": None}  # fmt: skip
    call.store.save(ended)
    call.emit("payment_intent.canceled", ended)
    return ended


def list_(call: Call) -> Obj:
    """Intents, newest first, by customer and creation."""
    return page(call.store, "payment_intent", params=call.params,
                filters={"customer": call.params.get("customer")},
                url="/v1/payment_intents")  # fmt: skip


def _try(call: Call, intent: Obj) -> Obj:
    given = call.params
    if intent["payment_method"] is None:
        raise invalid("You cannot confirm this PaymentIntent because it's missing a payment method."
                      " Update it with a payment method, or confirm it with one.",
                      code="payment_intent_unexpected_state", payment_intent=intent)  # fmt: skip
    off_session = given.get("off_session") in (True, "one_off", "recurring")
    if off_session and intent["setup_future_usage"]:
        raise invalid(
            "You cannot confirm with the `off_session` parameter when `setup_future_usage` is also"
            " set on the PaymentIntent: nobody is there to set anything up.",
            param="off_session",
        )
    method = call.get("payment_method", intent["payment_method"], param="payment_method")
    payment_methods.require_owner(method, intent["customer"])
    automatic = intent["automatic_payment_methods"] or {}
    may_redirect = automatic.get("enabled") and automatic.get("allow_redirects") == "always"
    if may_redirect and "return_url" not in given and not intent["allowed_payment_method_types"]:
        raise invalid("This PaymentIntent accepts payment methods that might redirect your customer"
                      " off of your page, so you must provide a `return_url`. If you don't want to"
                      " accept such methods, set `automatic_payment_methods[allow_redirects]` to"
                      " `never` or name the types you allow.", param="return_url")  # fmt: skip
    return trying.attempt(
        call, intent, method,
        trying.Presence(
            on_session=not off_session,
            authenticated=False,
            return_url=given.get("return_url"),
            refuses_action=given.get("error_on_requires_action", False),
        ),
    )  # fmt: skip


def _choose(call: Call, intent: Obj, token: str) -> None:
    method = payment_methods.resolve(call, token, param="payment_method")
    payment_methods.require_owner(method, intent["customer"])
    intent["payment_method"] = method["id"]
    intent["status"] = "requires_confirmation"
    intent["next_action"] = None


def _refuse_session(intent: Obj) -> None:
    if intent.get("_session"):
        raise invalid("This PaymentIntent belongs to a Checkout Session and cannot be confirmed,"
                      " changed or canceled directly. Expire the Checkout Session instead.",
                      code="payment_intent_unexpected_state", payment_intent=intent)  # fmt: skip


def _refuse_state(intent: Obj, verb: str) -> NoReturn:
    status = intent["status"]
    reason = (
        "it has already succeeded after being previously confirmed"
        if (verb, status) == ("confirm", "succeeded")
        else f"it has a status of {status}"
    )
    raise invalid(f"You cannot {verb} this PaymentIntent because {reason}.",
                  code="payment_intent_unexpected_state", payment_intent=intent)  # fmt: skip
