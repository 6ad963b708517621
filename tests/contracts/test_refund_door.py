"""Our door's calls about refunds, held to one contract at the stand-in and at Stripe itself."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown, RefundSeen
from tests.contracts.conftest import Target, Wallet


@pytest.fixture
def charge(target: Target, wallet: Wallet, new_intent: Any) -> str:
    """A charge over 90.00."""
    intent = new_intent(wallet.customer)
    done = target.api.payment_intents.confirm(
        intent.id, {"payment_method": wallet.card, "off_session": True}
    )
    return done.latest_charge


def _send(gateway: Gateway, charge_id: str, cents: int, key: str = "", **ids: str) -> RefundSeen:
    return gateway.create_refund(
        key=key or f"re:{uuid.uuid4()}",
        charge_id=charge_id,
        amount_cents=cents,
        metadata=ids or {"refund": "r-1"},
    )


def test_refund_says_what_went_back_of_which_charge(gateway: Gateway, charge: str) -> None:
    sent = _send(gateway, charge, 6618, refund="r-7", promise="p-3")
    assert (sent.amount_cents, sent.currency, sent.charge_id) == (6618, "USD", charge)
    assert sent.status in ("succeeded", "pending")
    assert dict(sent.metadata) == {"refund": "r-7", "promise": "p-3"}
    assert gateway.retrieve_refund(sent.id) == sent


def test_same_key_sends_once(gateway: Gateway, charge: str) -> None:
    key = f"re:{uuid.uuid4()}"
    assert _send(gateway, charge, 1000, key) == _send(gateway, charge, 1000, key)
    assert [one.amount_cents for one in gateway.refunds_of(charge)] == [1000]


def test_what_went_back_of_a_charge_is_found_by_our_ids(gateway: Gateway, charge: str) -> None:
    for n in (1, 2, 3):
        _send(gateway, charge, n * 100, refund=f"r-{n}")
    found = gateway.refunds_of(charge)
    assert [one.metadata["refund"] for one in found] == ["r-3", "r-2", "r-1"]


def test_charge_named_by_its_intent_sends_the_same(
    gateway: Gateway, target: Target, charge: str
) -> None:
    intent_id = target.api.charges.retrieve(charge).payment_intent
    sent = _send(gateway, intent_id, 500)
    assert sent.charge_id == charge
    assert gateway.refunds_of(intent_id) == [sent]


def test_more_than_is_left_is_refused_not_unknown(gateway: Gateway, charge: str) -> None:
    _send(gateway, charge, 8000)
    with pytest.raises(GatewayRefused):
        _send(gateway, charge, 1001)
    _send(gateway, charge, 1000)
    with pytest.raises(GatewayRefused) as refusal:
        _send(gateway, charge, 1)
    assert refusal.value.code == "charge_already_refunded"


def test_refunds_of_a_span_of_time_are_listed(gateway: Gateway, charge: str) -> None:
    sent = _send(gateway, charge, 700)
    since = sent.created
    listed = gateway.refunds_created(since=since, until=max(since, int(time.time())) + 10)
    assert sent in list(listed)


def test_bank_may_send_a_refund_back_days_later(
    gateway: Gateway, target: Target, charge: str
) -> None:
    sandbox = target.only_here("let a bank send a refund back")
    sent = _send(gateway, charge, 700)
    sandbox.control("POST", f"refunds/{sent.id}/fail", {"reason": "lost_or_stolen_card"})
    seen = gateway.retrieve_refund(sent.id)
    assert (seen.status, seen.failure_code) == ("failed", "lost_or_stolen_card")


def test_refund_waits_where_the_balance_does_not_cover_it_and_ends_either_way(
    gateway: Gateway, target: Target, charge: str
) -> None:
    sandbox = target.only_here("be short of money")
    for end, status in (("settle", "succeeded"), ("fail", "failed")):
        sandbox.control("POST", "refunds/hold", {"times": 1})
        sent = _send(gateway, charge, 700)
        assert sent.status == "pending"
        sandbox.control("POST", f"refunds/{sent.id}/{end}", {})
        assert gateway.retrieve_refund(sent.id).status == status


def test_another_object_is_unknown_never_a_refund(
    gateway: Gateway, target: Target, charge: str
) -> None:
    sandbox = target.only_here("answer about something else")
    fault = {"endpoint": "refunds.create", "kind": "wrong_object", "times": 1}
    sandbox.control("POST", "faults", fault)
    try:
        with pytest.raises(OutcomeUnknown):
            _send(gateway, charge, 700)
    finally:
        sandbox.control("DELETE", "faults")
