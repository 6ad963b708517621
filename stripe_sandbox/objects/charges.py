"""Charges: one row for every answer an issuer gave, approved or declined."""

from __future__ import annotations

import json

from stripe_sandbox.call import Call
from stripe_sandbox.lists import page
from stripe_sandbox.objects import balance
from stripe_sandbox.outcomes import APPROVED, Outcome, decide, scripted_now
from stripe_sandbox.shapes import Obj


def ask_issuer(call: Call, method: Obj, *, on_session: bool, authenticated: bool) -> Outcome:
    """The answer to a charge of this card now; a script of the card or its customer goes first."""
    scripted = None
    for owner in (method["id"], method["customer"]):
        row = call.store.db.execute(
            "SELECT steps FROM scripts WHERE owner = ?", (owner,)
        ).fetchone()
        if row is None or scripted is not None:
            continue
        steps = json.loads(row[0])
        scripted = scripted_now(steps, call.now)
        if json.dumps(steps) != row[0]:
            call.store.db.execute(
                "UPDATE scripts SET steps = ? WHERE owner = ?", (json.dumps(steps), owner)
            )
    return decide(method["_token"], set_up=method.get("_set_up", False), on_session=on_session,
                  authenticated=authenticated, scripted=scripted)  # fmt: skip


def record(call: Call, intent: Obj, method: Obj, outcome: Outcome) -> Obj:
    """Write the charge of an intent; an approved one enters the balance."""
    approved = outcome.name == APPROVED
    charge = call.add(
        "charge",
        {
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if approved else 0,
            "billing_details": method["billing_details"],
            "calculated_statement_descriptor": "TAPER SANDBOX",
            "captured": approved,
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "failure_code": None if approved else outcome.code,
            "failure_message": None if approved else outcome.message,
            "metadata": intent["metadata"],
            "outcome": _shown(outcome),
            "paid": approved,
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": _details(method),
            "receipt_email": intent["receipt_email"],
            "status": "succeeded" if approved else "failed",
        },
    )
    if approved:
        charge["balance_transaction"] = balance.for_charge(call, charge)["id"]
        call.store.save(charge)
    call.emit("charge.succeeded" if approved else "charge.failed", charge)
    return charge


def retrieve(call: Call, charge_id: str) -> Obj:
    """One charge."""
    return call.get("charge", charge_id)


def list_(call: Call) -> Obj:
    """Charges, newest first, by customer, intent and creation."""
    given = call.params
    filters = {"customer": given.get("customer"), "payment_intent": given.get("payment_intent")}
    return page(call.store, "charge", params=given, filters=filters, url="/v1/charges")


def _shown(outcome: Outcome) -> Obj:
    approved = outcome.name == APPROVED
    return {
        "advice_code": outcome.advice_code,
        "network_advice_code": outcome.network_advice_code,
        "network_decline_code": outcome.network_decline_code,
        "network_status": "approved_by_network" if approved else "declined_by_network",
        "reason": None if approved else outcome.name,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "Payment complete." if approved else "The bank declined this payment.",
        "type": "authorized" if approved else "issuer_declined",
    }


def _details(method: Obj) -> Obj:
    names = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    card = {name: method["card"][name] for name in names}
    return {"card": {**card, "network": card["brand"], "wallet": None}, "type": "card"}
