"""Our one door to Stripe, held to the same contract at the stand-in and at Stripe itself."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from billing.gateway import Gateway, GatewayRefused, Intent, OutcomeUnknown, Throttled
from billing.rules import checkout as rule
from stripe_sandbox.launch import Running
from tests.contracts.conftest import Target


@pytest.fixture
def gateway(target: Target, gateway: Gateway) -> Gateway:
    """One that loses its patience soon, where it can be told to wait."""
    if target.sandbox is None:
        return gateway
    return Gateway(api_key=target.sandbox.api_key, api_base=target.sandbox.url, timeout_s=1)


@pytest.fixture
def member(target: Target, gateway: Gateway) -> str:
    """A customer made through our door."""
    return gateway.create_customer(
        key=f"cu:{uuid.uuid4()}", email="ana@test.example", metadata={"member": "m-1"}
    )


def _card(target: Target, customer: str, token: str = "pm_card_visa") -> str:
    return target.api.payment_methods.attach(token, {"customer": customer}).id


def _intent(gateway: Gateway, customer: str, key: str | None = None) -> Intent:
    return gateway.create_intent(
        key=key or f"pi:{uuid.uuid4()}:1",
        customer_id=customer,
        amount_cents=8718,
        currency="USD",
        metadata={"invoice": "i-1"},
    )


def _page(member: str, **ids: uuid.UUID) -> dict:
    return rule.payment_page(
        customer_id=member,
        currency="USD",
        lines=[rule.PageLine("Starter", 9900), rule.PageLine("Sales tax", 1025)],
        ids=rule.PageIds(uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), "pack", "7"),
        keep_card=True,
        return_url="https://studio.test.example/checkout/return",
        leave_url="https://studio.test.example/checkout/left",
        asked_at=datetime.now(UTC),
    )


def test_same_key_makes_one_customer(gateway: Gateway) -> None:
    key = f"cu:{uuid.uuid4()}"
    made = {
        gateway.create_customer(key=key, email="b@test.example", metadata={"member": "m-2"})
        for _ in range(2)
    }
    assert len(made) == 1


def test_new_intent_is_unconfirmed_and_says_what_we_asked(gateway: Gateway, member: str) -> None:
    made = _intent(gateway, member)
    assert (made.status, made.amount_cents, made.currency) == (
        "requires_payment_method",
        8718,
        "USD",
    )
    assert (made.charge_id, made.live_mode, made.customer_id) == (None, False, member)
    assert made.metadata == {"invoice": "i-1"}


def test_same_key_makes_one_intent(gateway: Gateway, member: str, key: str) -> None:
    assert _intent(gateway, member, key).id == _intent(gateway, member, key).id


def test_confirming_charges_once_and_names_the_charge(
    target: Target, gateway: Gateway, member: str
) -> None:
    made = _intent(gateway, member)
    card = _card(target, member)
    paid = gateway.confirm_intent(made.id, key=f"cf:{uuid.uuid4()}", payment_method_id=card)
    assert paid.status == "succeeded"
    assert paid.charge_id == gateway.retrieve_intent(made.id).charge_id is not None
    with pytest.raises(GatewayRefused) as again:
        gateway.confirm_intent(made.id, key=f"cf:{uuid.uuid4()}", payment_method_id=card)
    assert again.value.status == 400


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("pm_card_chargeCustomerFail", "generic_decline"),
        ("pm_card_authenticationRequired", "authentication_required"),
    ],
)
def test_decline_comes_back_as_an_intent_to_read(
    target: Target, gateway: Gateway, member: str, token: str, code: str
) -> None:
    made = _intent(gateway, member)
    card = _card(target, member, token)
    declined = gateway.confirm_intent(made.id, key=f"cf:{uuid.uuid4()}", payment_method_id=card)
    assert (declined.id, declined.status) == (made.id, "requires_payment_method")
    assert declined.decline_code == code
    assert gateway.retrieve_intent(made.id).decline_code == code


def test_authentication_is_asked_of_the_member_on_the_same_intent(
    target: Target, gateway: Gateway, member: str
) -> None:
    made = _intent(gateway, member)
    card = _card(target, member, "pm_card_authenticationRequired")
    gateway.confirm_intent(made.id, key=f"cf:{uuid.uuid4()}", payment_method_id=card)
    asked = gateway.confirm_with_member(
        made.id,
        key=f"cm:{uuid.uuid4()}",
        payment_method_id=card,
        return_url="https://studio.test.example/back",
    )
    assert (asked.id, asked.status) == (made.id, "requires_action")
    assert asked.next_action_url is not None
    sandbox = target.only_here("pass the bank's page")
    sandbox.control("POST", f"payment_intents/{made.id}/authenticate", {"result": "complete"})
    assert gateway.retrieve_intent(made.id).status == "succeeded"


def test_canceled_intent_is_canceled_and_a_paid_one_comes_back_paid(
    target: Target, gateway: Gateway, member: str
) -> None:
    made = _intent(gateway, member)
    assert gateway.cancel_intent(made.id, key=f"cx:{uuid.uuid4()}").status == "canceled"
    other = _intent(gateway, member)
    card = _card(target, member)
    gateway.confirm_intent(other.id, key=f"cf:{uuid.uuid4()}", payment_method_id=card)
    assert gateway.cancel_intent(other.id, key=f"cx:{uuid.uuid4()}").status == "succeeded"


def test_intents_of_a_span_of_time_are_listed(gateway: Gateway, member: str) -> None:
    made = _intent(gateway, member)
    found = gateway.intents_created(since=made.created, until=made.created + 1)
    assert made.id in {intent.id for intent in found}


def test_card_is_described_and_can_be_forgotten_twice(
    target: Target, gateway: Gateway, member: str
) -> None:
    card = _card(target, member)
    described = gateway.card(card)
    assert (described.payment_method_id, described.brand, described.last4) == (card, "visa", "4242")
    for _ in range(2):
        gateway.detach_card(card, key=f"dt:{uuid.uuid4()}")
    made = _intent(gateway, member)
    with pytest.raises(GatewayRefused):
        gateway.confirm_intent(made.id, key=f"cf:{uuid.uuid4()}", payment_method_id=card)


def test_page_that_our_rules_ask_for_is_accepted_and_carries_our_keys(
    gateway: Gateway, member: str, key: str
) -> None:
    params = _page(member)
    made = gateway.create_session(params, key=key)
    assert (made.mode, made.status, made.payment_status) == ("payment", "open", "unpaid")
    assert made.url is not None
    assert made.metadata == params["metadata"]
    assert gateway.create_session(params, key=key).id == made.id
    assert gateway.retrieve_session(made.id).intent is None


def test_paid_page_carries_its_intent_and_the_card_it_kept(
    target: Target, gateway: Gateway, member: str, key: str
) -> None:
    sandbox = target.only_here("pay on the hosted page")
    params = _page(member)
    made = gateway.create_session(params, key=key)
    sandbox.control("POST", f"checkout/{made.id}/pay", {"token": "pm_card_mastercard"})
    paid = gateway.retrieve_session(made.id)
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert paid.intent is not None
    assert (paid.intent.status, paid.intent.amount_cents) == ("succeeded", 10925)
    assert paid.intent.metadata == params["metadata"]
    assert paid.intent.charge_id is not None
    assert paid.card is not None
    assert paid.card.brand == "mastercard"
    assert gateway.expire_session(made.id, key=f"ex:{key}").status == "complete"


def test_expired_page_is_expired(gateway: Gateway, member: str, key: str) -> None:
    made = gateway.create_session(_page(member), key=key)
    for _ in range(2):
        assert gateway.expire_session(made.id, key=f"ex:{key}").status == "expired"


def test_card_page_saves_a_card_and_takes_no_money(
    target: Target, gateway: Gateway, member: str, key: str
) -> None:
    params = rule.card_page(
        customer_id=member,
        currency="USD",
        setup_id=uuid.uuid4(),
        member_id=uuid.uuid4(),
        return_url="https://studio.test.example/card/return",
        leave_url="https://studio.test.example/card",
        asked_at=datetime.now(UTC),
    )
    made = gateway.create_session(params, key=key)
    assert (made.mode, made.status) == ("setup", "open")
    sandbox = target.only_here("enter a card on the hosted page")
    sandbox.control("POST", f"checkout/{made.id}/complete_setup", {"token": "pm_card_visa"})
    done = gateway.retrieve_session(made.id)
    assert (done.status, done.customer_id) == ("complete", member)
    assert done.card is not None
    assert done.card.last4 == "4242"


def test_thing_that_is_not_there_is_a_refusal(gateway: Gateway) -> None:
    with pytest.raises(GatewayRefused) as missing:
        gateway.retrieve_intent("pi_nothing")
    assert (missing.value.code, missing.value.status) == ("resource_missing", 404)


@pytest.fixture
def sandbox(target: Target) -> Running:
    running = target.only_here("fail on demand")
    running.control("DELETE", "faults")
    return running


SILENCES = ["timeout_before", "reset", "500_before", "500_after", "409", "unreadable"]


@pytest.mark.parametrize("kind", [*SILENCES, "wrong_object"])
def test_answer_that_says_nothing_is_unknown(
    sandbox: Running, gateway: Gateway, member: str, kind: str
) -> None:
    fault = {"endpoint": "payment_intents.create", "kind": kind, "times": gateway.tries, "ms": 1200}
    sandbox.control("POST", "faults", fault)
    with pytest.raises(OutcomeUnknown):
        _intent(gateway, member)
    sandbox.control("DELETE", "faults")


@pytest.mark.parametrize("kind", ["timeout_before", "reset", "409", "unreadable", "wrong_object"])
def test_same_key_tells_later_what_the_lost_answer_said(
    sandbox: Running, gateway: Gateway, member: str, key: str, kind: str
) -> None:
    fault = {"endpoint": "payment_intents.create", "kind": kind, "times": gateway.tries, "ms": 1200}
    sandbox.control("POST", "faults", fault)
    with pytest.raises(OutcomeUnknown):
        _intent(gateway, member, key)
    sandbox.control("DELETE", "faults")
    assert _intent(gateway, member, key).id == _intent(gateway, member, key).id


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after"])
def test_answer_lost_once_is_found_by_the_second_try_and_charges_once(
    target: Target, sandbox: Running, gateway: Gateway, member: str, kind: str
) -> None:
    made = _intent(gateway, member)
    card = _card(target, member)
    fault = {"endpoint": "payment_intents.confirm", "kind": kind, "times": 1, "ms": 1200}
    sandbox.control("POST", "faults", fault)
    paid = gateway.confirm_intent(made.id, key=f"cf:{uuid.uuid4()}", payment_method_id=card)
    assert paid.status == "succeeded"
    assert len(target.api.charges.list({"payment_intent": made.id}).data) == 1


def test_429_tells_how_long_to_wait(sandbox: Running, gateway: Gateway, member: str) -> None:
    fault = {"endpoint": "payment_intents.create", "kind": "429", "times": 9, "retry_after": 7}
    sandbox.control("POST", "faults", fault)
    with pytest.raises(Throttled) as told:
        _intent(gateway, member)
    sandbox.control("DELETE", "faults")
    assert told.value.retry_after_s == 7
