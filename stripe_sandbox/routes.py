"""Every address the sandbox answers under /v1, with the parameters it acts on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe_sandbox.objects import (
    balance,
    charges,
    checkout,
    customers,
    disputes,
    events,
    files,
    fraud_warnings,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
)
from stripe_sandbox.params import Schema

_PAGE = "limit starting_after ending_before expand"
_LIST = f"{_PAGE} created created.gt created.gte created.lt created.lte"
_PERSON = "email name phone description metadata.* invoice_settings.default_payment_method expand"
_INTENT = """amount currency customer description metadata.* payment_method confirm off_session
    return_url setup_future_usage automatic_payment_methods.enabled
    automatic_payment_methods.allow_redirects allowed_payment_method_types receipt_email
    statement_descriptor_suffix error_on_requires_action expand"""
_SESSION = """mode ui_mode customer customer_email customer_creation client_reference_id success_url
    cancel_url expires_at metadata.* line_items.quantity line_items.price_data.currency
    line_items.price_data.unit_amount line_items.price_data.product_data.name
    line_items.price_data.product_data.description line_items.price_data.product_data.metadata.*
    payment_intent_data.metadata.* payment_intent_data.setup_future_usage
    payment_intent_data.description payment_intent_data.receipt_email
    payment_intent_data.statement_descriptor_suffix setup_intent_data.metadata.*
    setup_intent_data.description allowed_payment_method_types currency locale submit_type expand"""


@dataclass(frozen=True)
class Endpoint:
    """One operation. `name` is what faults and limits call it."""

    name: str
    run: Callable[..., Any]
    schema: Schema


def _at(
    name: str, run: Callable[..., Any], module: str | None, handled: str = "expand"
) -> Endpoint:
    return Endpoint(name, run, Schema(module, handled))


_TABLE: dict[tuple[str, str], Endpoint] = {
    ("POST", "customers"): _at(
        "customers.create", customers.create, "_customer_create_params",
        f"{_PERSON} payment_method"),
    ("GET", "customers"): _at(
        "customers.list", customers.list_, "_customer_list_params", f"{_LIST} email"),
    ("GET", "customers/*"): _at(
        "customers.retrieve", customers.retrieve, "_customer_retrieve_params"),
    ("POST", "customers/*"): _at(
        "customers.update", customers.update, "_customer_update_params", _PERSON),
    ("DELETE", "customers/*"): _at("customers.delete", customers.delete, None),
    ("GET", "customers/*/payment_methods"): _at(
        "customers.payment_methods.list", payment_methods.list_of_customer,
        "_customer_payment_method_list_params", f"{_PAGE} type"),
    ("GET", "customers/*/payment_methods/*"): _at(
        "customers.payment_methods.retrieve", payment_methods.of_customer,
        "_customer_payment_method_retrieve_params"),
    ("GET", "payment_methods"): _at(
        "payment_methods.list", payment_methods.list_, "_payment_method_list_params",
        f"{_PAGE} type customer"),
    ("GET", "payment_methods/*"): _at(
        "payment_methods.retrieve", payment_methods.retrieve, "_payment_method_retrieve_params"),
    ("POST", "payment_methods/*/attach"): _at(
        "payment_methods.attach", payment_methods.attach, "_payment_method_attach_params",
        "customer expand"),
    ("POST", "payment_methods/*/detach"): _at(
        "payment_methods.detach", payment_methods.detach, "_payment_method_detach_params"),
    ("POST", "payment_intents"): _at(
        "payment_intents.create", payment_intents.create, "_payment_intent_create_params", _INTENT),
    ("GET", "payment_intents"): _at(
        "payment_intents.list", payment_intents.list_, "_payment_intent_list_params",
        f"{_LIST} customer"),
    ("GET", "payment_intents/*"): _at(
        "payment_intents.retrieve", payment_intents.retrieve, "_payment_intent_retrieve_params"),
    ("POST", "payment_intents/*"): _at(
        "payment_intents.update", payment_intents.update, "_payment_intent_update_params",
        "amount description receipt_email metadata.* metadata payment_method expand"),
    ("POST", "payment_intents/*/confirm"): _at(
        "payment_intents.confirm", payment_intents.confirm, "_payment_intent_confirm_params",
        "payment_method off_session return_url error_on_requires_action setup_future_usage"
        " allowed_payment_method_types expand"),
    ("POST", "payment_intents/*/cancel"): _at(
        "payment_intents.cancel", payment_intents.cancel, "_payment_intent_cancel_params",
        "cancellation_reason expand"),
    ("GET", "setup_intents"): _at(
        "setup_intents.list", setup_intents.list_, "_setup_intent_list_params",
        f"{_LIST} customer"),
    ("GET", "setup_intents/*"): _at(
        "setup_intents.retrieve", setup_intents.retrieve, "_setup_intent_retrieve_params"),
    ("POST", "checkout/sessions"): _at(
        "checkout.sessions.create", checkout.create, "checkout._session_create_params", _SESSION),
    ("GET", "checkout/sessions"): _at(
        "checkout.sessions.list", checkout.list_, "checkout._session_list_params",
        f"{_LIST} customer payment_intent status"),
    ("GET", "checkout/sessions/*"): _at(
        "checkout.sessions.retrieve", checkout.retrieve, "checkout._session_retrieve_params"),
    ("GET", "checkout/sessions/*/line_items"): _at(
        "checkout.sessions.line_items.list", checkout.line_items,
        "checkout._session_line_item_list_params", _PAGE),
    ("POST", "checkout/sessions/*/expire"): _at(
        "checkout.sessions.expire", checkout.expire, "checkout._session_expire_params"),
    ("POST", "refunds"): _at(
        "refunds.create", refunds.create, "_refund_create_params",
        "amount charge payment_intent reason metadata.* metadata expand"),
    ("GET", "refunds"): _at(
        "refunds.list", refunds.list_, "_refund_list_params", f"{_LIST} charge payment_intent"),
    ("GET", "refunds/*"): _at("refunds.retrieve", refunds.retrieve, "_refund_retrieve_params"),
    ("POST", "refunds/*"): _at(
        "refunds.update", refunds.update, "_refund_update_params", "metadata.* metadata expand"),
    ("GET", "charges"): _at(
        "charges.list", charges.list_, "_charge_list_params", f"{_LIST} customer payment_intent"),
    ("GET", "charges/*"): _at("charges.retrieve", charges.retrieve, "_charge_retrieve_params"),
    ("GET", "balance_transactions"): _at(
        "balance_transactions.list", balance.list_, "_balance_transaction_list_params",
        f"{_LIST} source type payout"),
    ("GET", "balance_transactions/*"): _at(
        "balance_transactions.retrieve", balance.retrieve, "_balance_transaction_retrieve_params"),
    ("GET", "payouts"): _at(
        "payouts.list", balance.list_payouts, "_payout_list_params", f"{_LIST} status"),
    ("GET", "payouts/*"): _at(
        "payouts.retrieve", balance.retrieve_payout, "_payout_retrieve_params"),
    ("GET", "disputes"): _at(
        "disputes.list", disputes.list_, "_dispute_list_params", f"{_LIST} charge payment_intent"),
    ("GET", "disputes/*"): _at("disputes.retrieve", disputes.retrieve, "_dispute_retrieve_params"),
    ("POST", "disputes/*"): _at(
        "disputes.update", disputes.update, "_dispute_update_params",
        "evidence.* submit metadata.* metadata expand"),
    ("GET", "radar/early_fraud_warnings"): _at(
        "radar.early_fraud_warnings.list", fraud_warnings.list_,
        "radar._early_fraud_warning_list_params", f"{_LIST} charge payment_intent"),
    ("GET", "radar/early_fraud_warnings/*"): _at(
        "radar.early_fraud_warnings.retrieve", fraud_warnings.retrieve,
        "radar._early_fraud_warning_retrieve_params"),
    ("POST", "files"): _at("files.create", files.create, "_file_create_params", "file purpose"),
    ("GET", "files"): _at("files.list", files.list_, "_file_list_params", f"{_LIST} purpose"),
    ("GET", "files/*"): _at("files.retrieve", files.retrieve, "_file_retrieve_params"),
    ("GET", "events"): _at(
        "events.list", events.list_, "_event_list_params", f"{_LIST} type types"),
    ("GET", "events/*"): _at("events.retrieve", events.retrieve, "_event_retrieve_params"),
    ("POST", "webhook_endpoints"): _at(
        "webhook_endpoints.create", events.create_endpoint, "_webhook_endpoint_create_params",
        "url enabled_events description metadata.* metadata expand"),
    ("GET", "webhook_endpoints"): _at(
        "webhook_endpoints.list", events.list_endpoints, "_webhook_endpoint_list_params", _PAGE),
    ("GET", "webhook_endpoints/*"): _at(
        "webhook_endpoints.retrieve", events.retrieve_endpoint,
        "_webhook_endpoint_retrieve_params"),
}  # fmt: skip

NAMES = frozenset(endpoint.name for endpoint in _TABLE.values())

_PATTERNS = [
    (method, re.compile("/v1/" + path.replace("*", "([^/]+)") + r"\Z"), endpoint)
    for (method, path), endpoint in _TABLE.items()
    if "*" in path
]
_PLAIN = {(m, f"/v1/{path}"): e for (m, path), e in _TABLE.items() if "*" not in path}


def find(method: str, path: str) -> tuple[Endpoint, tuple[str, ...]] | None:
    """The operation at an address and the ids in it, or None."""
    if plain := _PLAIN.get((method, path)):
        return plain, ()
    for wanted, pattern, endpoint in _PATTERNS:
        if wanted == method and (match := pattern.match(path)):
            return endpoint, match.groups()
    return None
