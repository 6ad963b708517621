"""Disputes: a cardholder takes the money back, and a bank decides."""

from __future__ import annotations

from stripe_sandbox.call import Call
from stripe_sandbox.errors import Obj, invalid
from stripe_sandbox.lists import every, page
from stripe_sandbox.objects import balance
from stripe_sandbox.shapes import public

_ANSWER_WITHIN = 7 * balance.DAY
_REASONS = ("fraudulent", "product_not_received", "subscription_canceled", "duplicate", "general")


def open_(call: Call, charge_id: str, reason: str) -> Obj:
    """A cardholder disputes a charge (control only): amount and a fee leave the balance."""
    charge = call.get("charge", charge_id, param="charge")
    if not charge["paid"] or charge["disputed"]:
        raise invalid("Only a paid charge that is not disputed can be disputed.", param="charge")
    if reason not in _REASONS:
        raise invalid(f"Invalid reason: must be one of {', '.join(_REASONS)}", param="reason")
    amount_cents = charge["amount_captured"] - charge["amount_refunded"]
    dispute = call.add(
        "dispute",
        {
            "amount": amount_cents, "currency": charge["currency"], "charge": charge["id"],
            "payment_intent": charge["payment_intent"], "reason": reason,
            "evidence_details": {"due_by": call.now + _ANSWER_WITHIN, "has_evidence": False,
                                 "past_due": False, "submission_count": 0},
        },
    )  # fmt: skip
    call.store.save({**charge, "disputed": True})
    _move(call, dispute, -amount_cents)
    call.emit("charge.dispute.created", dispute)
    call.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(call: Call, dispute_id: str, status: str) -> Obj:
    """The bank decides (control only): `won` gives the amount back, `lost` does not."""
    dispute = call.get("dispute", dispute_id)
    if dispute["status"] in ("won", "lost"):
        raise invalid("This dispute is already closed.", param="id")
    if status not in ("won", "lost"):
        raise invalid("Invalid status: must be one of won, lost", param="status")
    dispute["status"] = status
    if status == "won":
        _move(call, dispute, dispute["amount"])
        call.emit("charge.dispute.funds_reinstated", dispute)
    call.store.save(dispute)
    call.emit("charge.dispute.closed", dispute)
    return dispute


def retrieve(call: Call, dispute_id: str) -> Obj:
    """One dispute."""
    return call.get("dispute", dispute_id)


def list_(call: Call) -> Obj:
    """Disputes, newest first, by charge, intent and creation."""
    given = call.params
    filters = {"charge": given.get("charge"), "payment_intent": given.get("payment_intent")}
    return page(call.store, "dispute", params=given, filters=filters, url="/v1/disputes")


def is_won(call: Call, charge_id: str) -> bool:
    """Whether every dispute of a charge was decided for the merchant: it can be refunded again."""
    found = every(call.store, "dispute", {"charge": charge_id})
    return all(dispute["status"] == "won" for dispute in found)


def _move(call: Call, dispute: Obj, amount_cents: int) -> None:
    entry = balance.for_dispute(call, dispute, amount_cents=amount_cents)
    dispute["balance_transactions"] = [*dispute["balance_transactions"], public(entry)]
    call.store.save(dispute)
