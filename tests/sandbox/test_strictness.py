"""A typo, an idle wish, a half-known object: nothing passes here that Stripe would refuse."""

from __future__ import annotations

import http.client
import io
import json
from typing import Any

import pytest
import stripe

from stripe_sandbox.checks import checker
from stripe_sandbox.shapes import SHAPES

_TYPES = {
    "customer": stripe.Customer,
    "payment_method": stripe.PaymentMethod,
    "payment_intent": stripe.PaymentIntent,
    "setup_intent": stripe.SetupIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "balance_transaction": stripe.BalanceTransaction,
    "dispute": stripe.Dispute,
    "radar.early_fraud_warning": stripe.radar.EarlyFraudWarning,
    "file": stripe.File,
    "payout": stripe.Payout,
    "checkout.session": stripe.checkout.Session,
    "event": stripe.Event,
    "webhook_endpoint": stripe.WebhookEndpoint,
}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.kind)
def test_every_field_we_show_is_one_the_sdk_knows(shape) -> None:
    known = _TYPES[shape.kind].__annotations__
    assert set(shape.defaults) - set(known) == set()


def test_every_field_the_sdk_calls_always_there_is_there(sandbox, api, member) -> None:
    _live_a_little(sandbox, api, member)
    absent, checked = {}, 0
    for kind, cls in _TYPES.items():
        found = _newest(sandbox, kind, member.customer)
        owed = {
            name
            for name, hint in cls.__annotations__.items()
            if not _says_optional(hint) and not name.startswith("_") and name != "OBJECT_NAME"
        }
        absent[kind] = owed - set(found)
        checked += len(owed)
    assert absent == {kind: set() for kind in _TYPES}
    assert checked > 80


def _newest(sandbox, kind: str, customer: str) -> dict[str, Any]:
    """The newest object of a kind as it travels, before the SDK makes it its own."""
    path = f"{kind.replace('.', '/')}s"
    query = f"?customer={customer}" if kind == "payment_method" else ""
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    connection.request("GET", f"/v1/{path}{query}", headers=headers)
    found = json.loads(connection.getresponse().read())["data"][0]
    connection.close()
    return found


def _says_optional(hint: object) -> bool:
    text = hint if isinstance(hint, str) else getattr(hint, "__forward_arg__", None) or repr(hint)
    return "Optional" in text or "None" in text or "NotRequired" in text or "ClassVar" in text


def _live_a_little(sandbox, api, member) -> None:
    """One object of every kind."""
    intent = member.intent()
    member.confirm(intent.id)
    api.refunds.create({"payment_intent": intent.id, "amount": 100})
    charge = {"charge": member.charges(intent.id)[0].id}
    sandbox.control("POST", "fraud_warnings", charge)
    sandbox.control("POST", "disputes", charge)
    api.files.create({"purpose": "dispute_evidence", "file": upload("receipt.pdf", b"%PDF")})
    member.confirm(member.intent().id)
    sandbox.control("POST", "clock", {"now": "2026-03-05T00:00:00+00:00"})
    sandbox.control("POST", "payouts")
    setup = {"mode": "setup", "currency": "usd", "success_url": "https://studio.test.example/"}
    api.checkout.sessions.create(setup)
    api.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})


def upload(name: str, content: bytes) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def test_a_parameter_the_sandbox_would_ignore_is_refused_rather_than_ignored(member) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        member.api.payment_intents.create(
            {"amount": 5000, "currency": "usd", "capture_method": "manual"}
        )
    assert refusal.value.code == "sandbox_unsupported_parameter"
    assert refusal.value.param == "capture_method"


@pytest.mark.parametrize(
    ("raw", "param"),
    [
        ({"amount": "5000"}, "currency"),
        ({"amount": "1.9", "currency": "usd"}, "amount"),
        ({"amount": "1e400", "currency": "usd"}, "amount"),
        ({"amount": "５０", "currency": "usd"}, "amount"),
        ({"amount": "50", "currency": ""}, "currency"),
        ({"amount": "50", "currency": "usd", "confirm": "yes"}, "confirm"),
        ({"amount": "50", "currency": "usd", "metadata": "x"}, "metadata"),
        ({"amount": "50", "currency": "usd", "metadata": {"k" * 41: "v"}}, f"metadata[{'k' * 41}]"),
        ({"amount": "50", "currency": "usd", "automatic_payment_methods": {"enable": "true"}},
         "automatic_payment_methods[enable]"),
        ({"amount": "50", "currency": "usd", "allowed_payment_method_types": {"0": "cardd"}},
         "allowed_payment_method_types[0]"),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_by_the_sdks_own_types(raw: dict[str, object], param: str) -> None:
    with pytest.raises(Exception) as refusal:
        checker("_payment_intent_create_params")(raw, "")
    assert refusal.value.error["param"] == param  # type: ignore[attr-defined]


def test_a_foreign_host_name_is_refused(sandbox) -> None:
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=5)
    connection.request("GET", "/v1/customers", headers={"Host": "evil.example:80"})
    assert connection.getresponse().status == 400
    connection.close()


def test_a_live_key_is_refused(api) -> None:
    with pytest.raises(stripe.AuthenticationError):
        api.customers.list({}, {"api_key": "sk_live_never"})


def test_another_api_version_is_refused(api) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="version"):
        api.customers.list({}, {"stripe_version": "2020-08-27"})


def test_an_unmodelled_address_is_a_404(api) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        api.subscriptions.list({})
    assert refusal.value.http_status == 404
