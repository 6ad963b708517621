"""What a customer does on the hosted page of a Checkout session."""

from __future__ import annotations

from dataclasses import dataclass

from stripe_sandbox.call import Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.objects import checkout, payment_intents, payment_methods, setup_intents, trying
from stripe_sandbox.shapes import BILLING, Obj


@dataclass(frozen=True)
class Buyer:
    """Who filled in the page."""

    name: str
    email: str


def submit(call: Call, session_id: str, *, token: str, buyer: Buyer) -> Obj:
    """Send the card form. The session comes back complete, or open and waiting for the bank.

    A declined card raises a card error; the session stays open for another card.
    """
    session = _open_session(call, session_id)
    method = payment_methods.new(call, token, name=buyer.name, email=buyer.email)
    if session["mode"] == "setup":
        intent = call.get("setup_intent", session["setup_intent"])
        done = setup_intents.offer(call, intent, method)
    else:
        intent = _intent(call, session, buyer)
        presence = trying.Presence(on_session=True, authenticated=False, return_url=None)
        done = trying.attempt(call, intent, method, presence)
    return _after(call, session, done, buyer)


def answer_bank(call: Call, session_id: str, *, passed: bool, buyer: Buyer) -> Obj:
    """Complete or fail the authentication that an open session waits for."""
    session = _open_session(call, session_id)
    if not waits_for_bank(call, session):
        raise invalid("This session is not waiting for authentication.")
    if session["mode"] == "setup":
        intent = call.get("setup_intent", session["setup_intent"])
        done = setup_intents.answer_authentication(call, intent, passed=passed)
    else:
        intent = call.get("payment_intent", session["payment_intent"])
        done = trying.answer_authentication(call, intent, passed=passed)
    return _after(call, session, done, buyer)


def waits_for_bank(call: Call, session: Obj) -> bool:
    """Whether the session's intent asks for authentication."""
    intent = call.store.find(session["payment_intent"] or session["setup_intent"] or "")
    return intent is not None and intent["status"] == "requires_action"


def address_after(session: Obj) -> str:
    """Where the customer goes once a session is complete."""
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])


def _open_session(call: Call, session_id: str) -> Obj:
    session = checkout.retrieve(call, session_id)
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.", param="session")
    return session


def _intent(call: Call, session: Obj, buyer: Buyer) -> Obj:
    """The session's intent, made at the first try; a customer is made where one is needed."""
    if session["payment_intent"]:
        return call.get("payment_intent", session["payment_intent"])
    data = session["_intent_data"]
    needs_customer = session["customer_creation"] == "always" or "setup_future_usage" in data
    if session["customer"] is None and needs_customer:
        made = call.add("customer", {"email": buyer.email, "name": buyer.name})
        call.emit("customer.created", made)
        session["customer"] = made["id"]
    intent = payment_intents.build(
        call,
        {"metadata": {}, **data, "amount": session["amount_total"],
         "currency": session["currency"], "customer": session["customer"],
         "allowed_payment_method_types": session["allowed_payment_method_types"],
         "_session": session["id"]},
    )  # fmt: skip
    session["payment_intent"] = intent["id"]
    call.store.save(session)
    call.emit("payment_intent.created", intent)
    return intent


def _after(call: Call, session: Obj, done: Obj, buyer: Buyer) -> Obj:
    if done["status"] != "succeeded":
        return session
    details = {**BILLING, "email": buyer.email, "name": buyer.name, "tax_exempt": "none",
               "tax_ids": []}  # fmt: skip
    complete = {**session, "status": "complete", "url": None, "customer_details": details}
    if session["mode"] == "payment":
        complete["payment_status"] = "paid"
    call.store.save(complete)
    call.emit("checkout.session.completed", complete)
    return complete
