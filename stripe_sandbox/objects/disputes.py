"""Disputes: a cardholder takes the money back, and a bank decides."""

from __future__ import annotations

from stripe_sandbox.call import Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.lists import every, page
from stripe_sandbox.objects import balance, files
from stripe_sandbox.shapes import Obj, public

_CLOSED = ("won", "lost", "warning_closed")
_HOLDS = ("needs_response", "under_review")
_ASKS = ("needs_response", "warning_needs_response")
_MOST_CHARACTERS = 150_000
_FILES = frozenset(
    {"cancellation_policy", "customer_communication", "customer_signature",
     "duplicate_charge_documentation", "receipt", "refund_policy", "service_documentation",
     "shipping_documentation", "uncategorized_file"}
)  # fmt: skip
_ANSWER_WITHIN = 7 * balance.DAY
_REASONS = ("fraudulent", "product_not_received", "subscription_canceled", "duplicate", "general")


def open_(
    call: Call,
    charge_id: str,
    reason: str,
    *,
    asks: bool = False,
    over_cents: int | None = None,
) -> Obj:
    """A cardholder disputes a charge (control only): amount and a fee leave the balance.

    It is `over_cents` of it, or all that was not refunded. A bank that `asks` first moves nothing:
    an inquiry.
    """
    charge = call.get("charge", charge_id, param="charge")
    if not charge["paid"] or charge["disputed"]:
        raise invalid("Only a paid charge that is not disputed can be disputed.", param="charge")
    if reason not in _REASONS:
        raise invalid(f"Invalid reason: must be one of {', '.join(_REASONS)}", param="reason")
    left_cents = charge["amount_captured"] - charge["amount_refunded"]
    amount_cents = left_cents if over_cents is None else over_cents
    if not 0 < amount_cents <= charge["amount_captured"]:
        raise invalid("Nobody disputes more than was charged.", param="amount")
    dispute = call.add(
        "dispute",
        {
            "amount": amount_cents, "currency": charge["currency"], "charge": charge["id"],
            "payment_intent": charge["payment_intent"], "reason": reason,
            "status": "warning_needs_response" if asks else "needs_response",
            "is_charge_refundable": asks,
            "evidence_details": {"due_by": call.now + _ANSWER_WITHIN, "has_evidence": False,
                                 "past_due": False, "submission_count": 0},
        },
    )  # fmt: skip
    call.store.save({**charge, "disputed": True})
    call.emit("charge.dispute.created", dispute)
    if not asks:
        _withdraw(call, dispute)
    return dispute


def escalate(call: Call, dispute_id: str) -> Obj:
    """An inquiry becomes a dispute (control only), over what was not refunded meanwhile."""
    dispute = call.get("dispute", dispute_id)
    if not _is_asked(dispute):
        raise invalid("Only an open inquiry becomes a dispute.", param="id")
    charge = call.get("charge", dispute["charge"])
    dispute["amount"] = charge["amount_captured"] - charge["amount_refunded"]
    dispute["status"] = "needs_response"
    dispute["is_charge_refundable"] = False
    dispute["evidence_details"] = {
        **dispute["evidence_details"], "due_by": call.now + _ANSWER_WITHIN,
    }  # fmt: skip
    call.store.save(dispute)
    call.emit("charge.dispute.updated", dispute)
    _withdraw(call, dispute)
    return dispute


def close(call: Call, dispute_id: str, status: str) -> Obj:
    """The bank decides (control only): `won` gives the amount back, `lost` does not.

    An inquiry closes as `warning_closed`.
    """
    dispute = call.get("dispute", dispute_id)
    if dispute["status"] in _CLOSED:
        raise invalid("This dispute is already closed.", param="id")
    allowed = ("warning_closed",) if _is_asked(dispute) else ("won", "lost")
    if status not in allowed:
        raise invalid(f"Invalid status: must be one of {', '.join(allowed)}", param="status")
    dispute["status"] = status
    if status == "won":
        _move(call, dispute, dispute["amount"])
        call.emit("charge.dispute.funds_reinstated", dispute)
    call.store.save(dispute)
    call.emit("charge.dispute.closed", dispute)
    return dispute


def update(call: Call, dispute_id: str) -> Obj:
    """Keep evidence; unless `submit` is false it goes to the bank at once, and only once."""
    dispute = call.get("dispute", dispute_id)
    given = call.params.get("evidence") or {}
    if dispute["status"] in _CLOSED:
        raise invalid("This dispute is already closed.")
    if given and dispute["status"] not in _ASKS:
        raise invalid("Evidence was submitted for this dispute before.")
    for name in _FILES & set(given):
        if call.get("file", given[name], param=f"evidence[{name}]")["purpose"] != files.EVIDENCE:
            raise invalid("This file is no evidence.", param=f"evidence[{name}]")
    if sum(len(text) for text in given.values()) > _MOST_CHARACTERS:
        raise invalid("Evidence is limited to 150,000 characters.", param="evidence")
    dispute["metadata"] = call.merged_metadata(dispute["metadata"])
    dispute["evidence"] = {**dispute["evidence"], **given}
    if call.params.get("submit", True) and dispute["evidence"]:
        asked = dispute["status"] == "warning_needs_response"
        dispute["status"] = "warning_under_review" if asked else "under_review"
        told = dispute["evidence_details"]
        dispute["evidence_details"] = {
            **told, "has_evidence": True, "submission_count": told["submission_count"] + 1,
        }  # fmt: skip
    call.store.save(dispute)
    call.emit("charge.dispute.updated", dispute)
    return dispute


def retrieve(call: Call, dispute_id: str) -> Obj:
    """One dispute."""
    return call.get("dispute", dispute_id)


def list_(call: Call) -> Obj:
    """Disputes, newest first, by charge, intent and creation."""
    given = call.params
    filters = {"charge": given.get("charge"), "payment_intent": given.get("payment_intent")}
    return page(call.store, "dispute", params=given, filters=filters, url="/v1/disputes")


def is_held(call: Call, charge_id: str) -> bool:
    """Whether a bank still decides about a charge: none of it can be refunded meanwhile. An
    inquiry holds nothing.
    """
    found = every(call.store, "dispute", {"charge": charge_id})
    return any(dispute["status"] in _HOLDS for dispute in found)


def lost_cents(call: Call, charge_id: str) -> int:
    """What banks have taken of a charge for good."""
    found = every(call.store, "dispute", {"charge": charge_id})
    return sum(dispute["amount"] for dispute in found if dispute["status"] == "lost")


def _is_asked(dispute: Obj) -> bool:
    return dispute["status"] in ("warning_needs_response", "warning_under_review")


def _withdraw(call: Call, dispute: Obj) -> None:
    _move(call, dispute, -dispute["amount"])
    call.emit("charge.dispute.funds_withdrawn", dispute)


def _move(call: Call, dispute: Obj, amount_cents: int) -> None:
    entry = balance.for_dispute(call, dispute, amount_cents=amount_cents)
    dispute["balance_transactions"] = [*dispute["balance_transactions"], public(entry)]
    call.store.save(dispute)
