"""Refunds: money given back, never more than was taken."""

from __future__ import annotations

from stripe_sandbox.call import Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.lists import page
from stripe_sandbox.objects import balance, disputes
from stripe_sandbox.shapes import Obj

_HELD = "refunds_held"


def create(call: Call) -> Obj:
    """Give back all or a part of a successful charge, named by itself or by its intent."""
    given = call.params
    charge = _charge(call)
    left_cents = charge["amount_captured"] - charge["amount_refunded"]
    if left_cents == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.",
                      code="charge_already_refunded")  # fmt: skip
    left_cents -= disputes.lost_cents(call, charge["id"])
    if left_cents <= 0 or (charge["disputed"] and disputes.is_held(call, charge["id"])):
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.",
                      code="charge_disputed")  # fmt: skip
    amount_cents = given.get("amount", left_cents)
    if amount_cents < 1:
        raise invalid("Invalid positive integer", param="amount",
                      code="parameter_invalid_integer")  # fmt: skip
    if amount_cents > left_cents:
        raise invalid(f"Refund amount ({amount_cents}) is greater than unrefunded amount on charge"
                      f" ({left_cents})", param="amount")  # fmt: skip
    refund = call.add(
        "refund",
        {
            "amount": amount_cents, "charge": charge["id"], "currency": charge["currency"],
            "payment_intent": charge["payment_intent"], "reason": given.get("reason"),
            "metadata": call.merged_metadata({}),
        },
    )  # fmt: skip
    if _held(call):
        refund["status"] = "pending"
    else:
        refund["balance_transaction"] = balance.for_refund(call, refund)["id"]
    call.store.save(refund)
    charge["amount_refunded"] += amount_cents
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    call.store.save(charge)
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge)
    return refund


def retrieve(call: Call, refund_id: str) -> Obj:
    """One refund."""
    return call.get("refund", refund_id)


def update(call: Call, refund_id: str) -> Obj:
    """Change a refund's metadata."""
    refund = call.get("refund", refund_id)
    refund["metadata"] = call.merged_metadata(refund["metadata"])
    call.store.save(refund)
    call.emit("refund.updated", refund)
    return refund


def list_(call: Call) -> Obj:
    """Refunds, newest first, by charge, intent and creation."""
    given = call.params
    filters = {"charge": given.get("charge"), "payment_intent": given.get("payment_intent")}
    return page(call.store, "refund", params=given, filters=filters, url="/v1/refunds")


def hold(call: Call, times: int) -> None:
    """Let the next `times` refunds wait, as while the balance is short (control only)."""
    call.store.set_meta(_HELD, str(times))


def settle(call: Call, refund_id: str) -> Obj:
    """The balance covers a waiting refund now, and it leaves (control only)."""
    refund = call.get("refund", refund_id)
    if refund["status"] != "pending":
        raise invalid(f"This refund has already {refund['status']}.", param="id")
    refund["status"] = "succeeded"
    refund["balance_transaction"] = balance.for_refund(call, refund)["id"]
    call.store.save(refund)
    call.emit("refund.updated", refund)
    return refund


def fail(call: Call, refund_id: str, reason: str) -> Obj:
    """The bank sent a refund back (control only): what had left the balance returns to it."""
    refund = call.get("refund", refund_id)
    if refund["status"] not in ("succeeded", "pending"):
        raise invalid(f"This refund has already {refund['status']}.", param="id")
    if refund["status"] == "succeeded":
        back = balance.for_failed_refund(call, refund)
        refund["failure_balance_transaction"] = back["id"]
    refund.update(status="failed", failure_reason=reason)
    call.store.save(refund)
    charge = call.get("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    call.store.save(charge)
    call.emit("refund.failed", refund)
    return refund


def _held(call: Call) -> bool:
    """Whether this refund has to wait; one that does is counted."""
    left = int(call.store.meta(_HELD) or 0)
    if left:
        call.store.set_meta(_HELD, str(left - 1))
    return left > 0


def _charge(call: Call) -> Obj:
    given = call.params
    if ("charge" in given) == ("payment_intent" in given):
        raise invalid("One of the following params should be provided for this request:"
                      " payment_intent or charge.")  # fmt: skip
    if "charge" in given:
        charge = call.get("charge", given["charge"], param="charge")
    else:
        intent = call.get("payment_intent", given["payment_intent"], param="payment_intent")
        if intent["status"] != "succeeded":
            raise invalid(f"This PaymentIntent ({intent['id']}) does not have a successful charge"
                          " to refund.", param="payment_intent")  # fmt: skip
        charge = call.get("charge", intent["latest_charge"])
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} was not successful and cannot be refunded.",
                      param="charge")  # fmt: skip
    return charge
