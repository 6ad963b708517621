"""Early fraud warnings: an issuer tells that a charge may be fraud, before anybody disputes it."""

from __future__ import annotations

from stripe_sandbox.call import Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.lists import page
from stripe_sandbox.shapes import Obj

_KINDS = (
    "card_never_received", "fraudulent_card_application", "made_with_counterfeit_card",
    "made_with_lost_card", "made_with_stolen_card", "misc", "unauthorized_use_of_card",
)  # fmt: skip


def warn(call: Call, charge_id: str, kind: str) -> Obj:
    """An issuer warns of a charge (control only); no money moves."""
    charge = call.get("charge", charge_id, param="charge")
    if kind not in _KINDS:
        raise invalid(f"Invalid fraud_type: must be one of {', '.join(_KINDS)}", param="fraud_type")
    warning = call.add(
        "radar.early_fraud_warning",
        {
            "charge": charge["id"], "payment_intent": charge["payment_intent"], "fraud_type": kind,
            "actionable": not (charge["disputed"] or charge["refunded"]),
        },
    )  # fmt: skip
    call.emit("radar.early_fraud_warning.created", warning)
    return warning


def retrieve(call: Call, warning_id: str) -> Obj:
    """One warning."""
    return call.get("radar.early_fraud_warning", warning_id)


def list_(call: Call) -> Obj:
    """Warnings, newest first, by charge, intent and creation."""
    given = call.params
    filters = {"charge": given.get("charge"), "payment_intent": given.get("payment_intent")}
    url = "/v1/radar/early_fraud_warnings"
    return page(call.store, "radar.early_fraud_warning", params=given, filters=filters, url=url)
