"""Payment methods: cards, named by Stripe's test tokens; attached to a customer or spent."""

from __future__ import annotations

import hashlib

from stripe_sandbox.call import Call
from stripe_sandbox.errors import ApiError, invalid, missing
from stripe_sandbox.lists import page
from stripe_sandbox.outcomes import CARDS, TestCard, outcome_named
from stripe_sandbox.shapes import BILLING, Obj

_USED_UP = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer"
    " attachment, or was detached from a Customer. It may not be used again. To use a"
    " PaymentMethod multiple times, you must attach it to a Customer first."
)


def retrieve(call: Call, method_id: str) -> Obj:
    """One payment method."""
    return call.get("payment_method", method_id)


def of_customer(call: Call, customer_id: str, method_id: str) -> Obj:
    """One payment method of one customer."""
    method = call.get("payment_method", method_id)
    if method["customer"] != customer_id:
        missing("payment_method", method_id, param=None)
    return method


def list_(call: Call) -> Obj:
    """The payment methods of a customer, newest first."""
    return list_of_customer(call, call.params.get("customer"))


def list_of_customer(call: Call, customer_id: str | None) -> Obj:
    """As `list_`, for a customer named in the address. Without one, Stripe lists nothing."""
    if customer_id is not None:
        call.get("customer", customer_id, param="customer")
    return page(call.store, "payment_method", params=call.params,
                filters={"customer": customer_id or "nobody"},
                url="/v1/payment_methods")  # fmt: skip


def attach(call: Call, method_id: str) -> Obj:
    """Attach a card to a customer; Stripe checks it first, so a bad one is declined here."""
    customer_id = call.params.get("customer")
    if customer_id is None:
        raise invalid("Missing required param: customer.", param="customer",
                      code="parameter_missing")  # fmt: skip
    if (call.get("customer", customer_id, param="customer")).get("deleted"):
        missing("customer", customer_id, param="customer")
    return attach_to(call, method_id, customer_id)


def detach(call: Call, method_id: str) -> Obj:
    """Take a card from its customer; it can never be used again."""
    method = call.get("payment_method", method_id)
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so"
                      " detachment is impossible.", param="payment_method")  # fmt: skip
    return release(call, method)


def release(call: Call, method: Obj) -> Obj:
    """Detach, and clear it where it was the default."""
    customer = call.store.find(method["customer"])
    if customer is not None and not customer.get("deleted"):
        settings = customer["invoice_settings"]
        if settings["default_payment_method"] == method["id"]:
            customer["invoice_settings"] = {**settings, "default_payment_method": None}
            call.store.save(customer)
    freed = {**method, "customer": None, "_spent": True}
    call.store.save(freed)
    call.emit("payment_method.detached", freed)
    return freed


def attach_to(call: Call, token: str, customer_id: str) -> Obj:
    """Attach, declining cards that Stripe documents as impossible to attach."""
    method = resolve(call, token, param="payment_method")
    if method["customer"] == customer_id:
        return method
    if method["customer"] is not None:
        raise invalid("The payment method you provided has already been attached to a customer.",
                      param="payment_method")  # fmt: skip
    require_unspent(method)
    card = CARDS[method["_token"]]
    if not card.attaches:
        outcome = outcome_named(card.outcome)
        error = {"type": "card_error", "code": outcome.code, "message": outcome.message,
                 "decline_code": outcome.name, "param": ""}  # fmt: skip
        raise ApiError(402, error)
    return bind(call, method, customer_id, set_up=False)


def bind(call: Call, method: Obj, customer_id: str, *, set_up: bool) -> Obj:
    """Attach without asking the issuer: after a paid or authenticated checkout, or by control."""
    bound = {**method, "customer": customer_id, "_set_up": set_up or method.get("_set_up", False)}
    call.store.save(bound)
    if method["customer"] != customer_id:
        call.emit("payment_method.attached", bound)
    return bound


def resolve(call: Call, token: str, *, param: str) -> Obj:
    """The payment method of an id; one of Stripe's test tokens makes a new, unattached one."""
    if token in CARDS:
        return new(call, token)
    return call.get("payment_method", token, param=param)


def new(call: Call, token: str, *, name: str | None = None, email: str | None = None) -> Obj:
    """A payment method for a test card, not attached to anybody."""
    billing = {**BILLING, "name": name, "email": email} if name or email else BILLING
    return call.add(
        "payment_method",
        {"_token": token, "card": _card(CARDS[token]), "billing_details": billing},
    )


def require_owner(method: Obj, customer_id: str | None, *, param: str = "payment_method") -> None:
    """Refuse another customer's card, and a card that is spent."""
    if method["customer"] == customer_id and customer_id is not None:
        return
    if method["customer"] is not None:
        if customer_id is None:
            raise invalid(f"The PaymentMethod {method['id']} belongs to a Customer. Please include"
                          " that Customer in the `customer` parameter.", param=param)  # fmt: skip
        raise _not_theirs(method["id"], param)
    if param != "payment_method":
        raise _not_theirs(method["id"], param)
    require_unspent(method)


def require_unspent(method: Obj) -> None:
    """Refuse a card that was detached, or used once without a customer."""
    if method.get("_spent"):
        raise invalid(_USED_UP, param="payment_method")


def _not_theirs(method_id: str, param: str) -> ApiError:
    return invalid(
        f"The customer does not have a payment method with the ID {method_id}. The payment method"
        " must be attached to the customer.",
        param=param, code="resource_missing",
    )  # fmt: skip


def _card(card: TestCard) -> Obj:
    return {
        "brand": card.brand, "display_brand": card.brand, "country": "US", "exp_month": 12,
        "exp_year": 2034, "funding": card.funding, "last4": card.number[-4:],
        # The same number has the same fingerprint for every customer, as at Stripe.
        "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
        "checks": {"address_line1_check": None, "address_postal_code_check": None,
                   "cvc_check": "pass"},
        "generated_from": None, "wallet": None, "regulated_status": "unregulated",
        "networks": {"available": [card.brand], "preferred": None},
        "three_d_secure_usage": {"supported": card.authenticate != "never"},
    }  # fmt: skip
