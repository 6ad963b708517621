"""The same key never does a thing twice, and says so."""

from __future__ import annotations

import pytest
import stripe


def _wanted(wallet) -> dict[str, object]:
    return {
        "amount": 4500,
        "currency": "usd",
        "customer": wallet.customer,
        "allowed_payment_method_types": ["card"],
    }


def test_the_same_key_gives_the_same_intent(target, wallet, key) -> None:
    first = target.api.payment_intents.create(_wanted(wallet), {"idempotency_key": key})
    again = target.api.payment_intents.create(_wanted(wallet), {"idempotency_key": key})
    assert first.id == again.id
    assert again.last_response.headers["idempotent-replayed"] == "true"


def test_the_same_key_with_other_parameters_is_an_error(target, wallet, key) -> None:
    target.api.payment_intents.create(_wanted(wallet), {"idempotency_key": key})
    with pytest.raises(stripe.IdempotencyError) as refusal:
        target.api.payment_intents.create(
            {**_wanted(wallet), "amount": 4600}, {"idempotency_key": key}
        )
    assert refusal.value.http_status == 400


def test_the_same_key_at_another_endpoint_is_an_error(target, wallet, key) -> None:
    intent = target.api.payment_intents.create(_wanted(wallet), {"idempotency_key": key})
    with pytest.raises(stripe.IdempotencyError):
        target.api.payment_intents.cancel(intent.id, {}, {"idempotency_key": key})


def test_a_decline_is_replayed_and_not_tried_again(target, wallet, key) -> None:
    bad = target.api.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": wallet.customer}
    )
    intent = target.api.payment_intents.create(_wanted(wallet))
    confirm = {"payment_method": bad.id, "off_session": True}
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            target.api.payment_intents.confirm(intent.id, confirm, {"idempotency_key": key})
    assert len(target.api.charges.list({"payment_intent": intent.id}).data) == 1


def test_a_refusal_of_parameters_leaves_the_key_free(target, wallet, key) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        target.api.payment_intents.create(
            {**_wanted(wallet), "unheard_of": 1}, {"idempotency_key": key}
        )
    made = target.api.payment_intents.create(_wanted(wallet), {"idempotency_key": key})
    assert made.status == "requires_payment_method"
