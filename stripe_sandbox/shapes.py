"""The fields every object carries when nothing else is known, and which of its fields are filters.

A stored row keeps only what differs from these defaults, which keeps it small. The values here
are shared by every object read, so code replaces a field and never changes one in place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Obj = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """One kind of object: its table, the prefix of its ids, its defaults and its list filters.

    `moving` names those filters whose value can change during the object's life.
    """

    kind: str
    table: str
    prefix: str
    defaults: Obj
    filters: tuple[str, ...] = ()
    moving: tuple[str, ...] = ()


def _nothing(names: str) -> Obj:
    return dict.fromkeys(names.split())


_ADDRESS = _nothing("city country line1 line2 postal_code state")
BILLING: Obj = {**_nothing("email name phone tax_id"), "address": _ADDRESS}

_CUSTOMER: Obj = {
    "object": "customer", "livemode": False, "balance": 0, "delinquent": False, "metadata": {},
    "preferred_locales": [], "tax_exempt": "none", "next_invoice_sequence": 1,
    "invoice_settings": _nothing("custom_fields default_payment_method footer rendering_options"),
    **_nothing(
        "address currency customer_account default_source description discount email "
        "invoice_prefix name phone shipping test_clock"
    ),
}  # fmt: skip

_PAYMENT_METHOD: Obj = {
    "object": "payment_method", "livemode": False, "type": "card", "metadata": {},
    "allow_redisplay": "unspecified", "billing_details": BILLING,
    **_nothing("customer customer_account"),
}  # fmt: skip

_PAYMENT_INTENT: Obj = {
    "object": "payment_intent", "livemode": False, "metadata": {}, "amount_capturable": 0,
    "amount_received": 0, "amount_details": {"tip": {}}, "capture_method": "automatic_async",
    "confirmation_method": "automatic", "payment_method_types": ["card"],
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    **_nothing(
        "allowed_payment_method_types application application_fee_amount "
        "automatic_payment_methods canceled_at cancellation_reason customer customer_account "
        "description excluded_payment_method_types last_payment_error latest_charge next_action "
        "on_behalf_of payment_method payment_method_configuration_details processing "
        "receipt_email review setup_future_usage shipping source statement_descriptor "
        "statement_descriptor_suffix transfer_data transfer_group"
    ),
}  # fmt: skip

_SETUP_INTENT: Obj = {
    "object": "setup_intent", "livemode": False, "metadata": {}, "payment_method_types": ["card"],
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "usage": "off_session",
    **_nothing(
        "allowed_payment_method_types application automatic_payment_methods cancellation_reason "
        "customer customer_account description excluded_payment_method_types flow_directions "
        "last_setup_error latest_attempt mandate next_action on_behalf_of payment_method "
        "payment_method_configuration_details single_use_mandate"
    ),
}  # fmt: skip

_CHARGE: Obj = {
    "object": "charge", "livemode": False, "amount_captured": 0, "amount_refunded": 0,
    "billing_details": BILLING, "captured": False, "disputed": False, "fraud_details": {},
    "metadata": {}, "paid": False, "refunded": False,
    **_nothing(
        "application application_fee application_fee_amount balance_transaction "
        "calculated_statement_descriptor customer description failure_balance_transaction "
        "failure_code failure_message on_behalf_of outcome payment_intent payment_method "
        "payment_method_details receipt_email receipt_number receipt_url review shipping source "
        "source_transfer statement_descriptor statement_descriptor_suffix transfer_data "
        "transfer_group"
    ),
}  # fmt: skip

_REFUND: Obj = {
    "object": "refund", "metadata": {}, "status": "succeeded",
    "destination_details": {"card": {"type": "refund", "reference_status": "pending",
                                     "reference_type": "acquirer_reference_number"},
                            "type": "card"},
    **_nothing(
        "balance_transaction charge payment_intent reason receipt_number "
        "source_transfer_reversal transfer_reversal"
    ),
}  # fmt: skip

_BALANCE_TRANSACTION: Obj = {
    "object": "balance_transaction", "balance_type": "payments", "fee": 0, "fee_details": [],
    "status": "pending", **_nothing("description exchange_rate source"),
}  # fmt: skip

_DISPUTE: Obj = {
    "object": "dispute", "livemode": False, "metadata": {}, "balance_transactions": [],
    "enhanced_eligibility_types": [], "evidence": {}, "evidence_details": {},
    "is_charge_refundable": False, "network_reason_code": "10", "status": "needs_response",
    **_nothing("charge payment_intent"),
}  # fmt: skip

_WARNING: Obj = {
    "object": "radar.early_fraud_warning", "livemode": False, "actionable": True,
    **_nothing("charge payment_intent"),
}  # fmt: skip

_FILE: Obj = {
    "object": "file", **_nothing("expires_at filename links title type url"),
}  # fmt: skip

_PAYOUT: Obj = {
    "object": "payout", "livemode": False, "metadata": {}, "automatic": True,
    "type": "bank_account",
    "method": "standard", "reconciliation_status": "completed", "source_type": "card",
    "status": "paid",
    **_nothing(
        "application_fee application_fee_amount balance_transaction description destination "
        "failure_balance_transaction failure_code failure_message original_payout payout_method "
        "reversed_by statement_descriptor trace_id"
    ),
}  # fmt: skip

_SESSION: Obj = {
    "object": "checkout.session", "livemode": False, "metadata": {}, "custom_fields": [],
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "custom_text": _nothing(
        "after_submit shipping_address submit terms_of_service_acceptance"
    ),
    "payment_method_types": ["card"], "payment_method_collection": "always",
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "payment_status": "unpaid", "shipping_options": [], "status": "open",
    "ui_mode": "hosted_page", "phone_number_collection": {"enabled": False},
    **_nothing(
        "adaptive_pricing after_expiration allow_promotion_codes allowed_payment_method_types "
        "amount_subtotal amount_total billing_address_collection cancel_url client_reference_id "
        "client_secret collected_information consent consent_collection currency "
        "currency_conversion customer customer_account customer_creation customer_details "
        "customer_email discounts invoice invoice_creation locale origin_context payment_intent "
        "payment_link payment_method_configuration_details permissions recovered_from "
        "saved_payment_method_options setup_intent shipping_address_collection shipping_cost "
        "submit_type subscription success_url total_details url wallet_options"
    ),
}  # fmt: skip

_EVENT: Obj = {"object": "event", "livemode": False, "pending_webhooks": 0}
_ENDPOINT: Obj = {
    "object": "webhook_endpoint", "livemode": False, "metadata": {}, "status": "enabled",
    **_nothing("api_version application description"),
}  # fmt: skip

SHAPES: tuple[Shape, ...] = (
    Shape("customer", "customers", "cus", _CUSTOMER, ("email",), ("email",)),
    Shape("payment_method", "payment_methods", "pm", _PAYMENT_METHOD, ("customer",),
          ("customer",)),
    Shape("payment_intent", "payment_intents", "pi", _PAYMENT_INTENT, ("customer",)),
    Shape("setup_intent", "setup_intents", "seti", _SETUP_INTENT, ("customer",)),
    Shape("charge", "charges", "ch", _CHARGE, ("customer", "payment_intent")),
    Shape("refund", "refunds", "re", _REFUND, ("charge", "payment_intent")),
    Shape("balance_transaction", "balance_transactions", "txn", _BALANCE_TRANSACTION,
          ("source", "type", "_payout"), ("_payout",)),
    Shape("dispute", "disputes", "du", _DISPUTE, ("charge", "payment_intent")),
    Shape("radar.early_fraud_warning", "early_fraud_warnings", "issfr", _WARNING,
          ("charge", "payment_intent")),
    Shape("file", "files", "file", _FILE, ("purpose",)),
    Shape("payout", "payouts", "po", _PAYOUT, ("status",), ("status",)),
    Shape("checkout.session", "checkout_sessions", "cs_test", _SESSION,
          ("customer", "payment_intent", "status"), ("customer", "payment_intent", "status")),
    Shape("event", "events", "evt", _EVENT, ("type",)),
    Shape("webhook_endpoint", "webhook_endpoints", "we", _ENDPOINT),
)  # fmt: skip

BY_KIND: dict[str, Shape] = {shape.kind: shape for shape in SHAPES}
BY_PREFIX: dict[str, Shape] = {shape.prefix: shape for shape in SHAPES}


def shape_of_id(object_id: Any) -> Shape | None:
    """The kind an id belongs to, read from its prefix; None for anything that is no id of ours."""
    if not isinstance(object_id, str):
        return None
    return BY_PREFIX.get(object_id.rpartition("_")[0])


def public(obj: Obj) -> Obj:
    """An object as it is shown: names that begin with an underscore are the sandbox's own notes."""
    return {name: value for name, value in obj.items() if name[0] != "_"}
