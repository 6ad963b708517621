"""What a billing run relies on: an intent is tried off-session and succeeds at most once."""

from __future__ import annotations

from typing import Any

import pytest
import stripe


def test_a_new_intent_waits_for_a_card_and_carries_our_metadata(target, wallet, new_intent) -> None:
    intent = new_intent(wallet.customer, metadata={"invoice": "inv-1"})
    assert intent.status == "requires_payment_method"
    assert intent.metadata["invoice"] == "inv-1"
    assert intent.livemode is False


def test_confirming_off_session_charges_the_saved_card_once(target, wallet, new_intent) -> None:
    intent = new_intent(wallet.customer)
    paid = target.api.payment_intents.confirm(
        intent.id, {"payment_method": wallet.card, "off_session": True}
    )
    assert (paid.status, paid.amount_received) == ("succeeded", 9000)
    charge = target.api.charges.retrieve(paid.latest_charge)
    assert (charge.paid, charge.payment_intent) == (True, intent.id)


def test_a_succeeded_intent_cannot_be_confirmed_again(target, wallet, new_intent) -> None:
    intent = new_intent(wallet.customer)
    confirm = {"payment_method": wallet.card, "off_session": True}
    target.api.payment_intents.confirm(intent.id, confirm)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        target.api.payment_intents.confirm(intent.id, confirm)
    assert refusal.value.code == "payment_intent_unexpected_state"
    charges = target.api.charges.list({"payment_intent": intent.id})
    assert len(charges.data) == 1


def test_a_declined_card_is_a_card_error_and_the_same_intent_can_be_tried_again(
    target, wallet, new_intent
) -> None:
    bad = target.api.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": wallet.customer}
    )
    intent = new_intent(wallet.customer)
    with pytest.raises(stripe.CardError) as decline:
        target.api.payment_intents.confirm(
            intent.id, {"payment_method": bad.id, "off_session": True}
        )
    assert decline.value.http_status == 402
    assert decline.value.code == "card_declined"
    now = target.api.payment_intents.retrieve(intent.id)
    assert now.status == "requires_payment_method"
    assert now.last_payment_error.code == "card_declined"
    assert now.latest_charge is not None
    paid = target.api.payment_intents.confirm(
        intent.id, {"payment_method": wallet.card, "off_session": True}
    )
    assert paid.status == "succeeded"


def test_insufficient_funds_names_its_decline_code(target, wallet, new_intent) -> None:
    intent = new_intent(wallet.customer)
    with pytest.raises(stripe.CardError) as decline:
        target.api.payment_intents.confirm(
            intent.id,
            {"payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds", "off_session": True},
        )
    assert decline.value.error.decline_code == "insufficient_funds"
    assert decline.value.error.payment_intent.id == intent.id


def test_a_card_that_declines_cannot_be_attached(target, wallet) -> None:
    with pytest.raises(stripe.CardError) as decline:
        target.api.payment_methods.attach(
            "pm_card_visa_chargeDeclinedInsufficientFunds", {"customer": wallet.customer}
        )
    assert decline.value.error.decline_code == "insufficient_funds"


def test_a_canceled_intent_stays_canceled(target, wallet, new_intent) -> None:
    intent = new_intent(wallet.customer)
    ended = target.api.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (ended.status, ended.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        target.api.payment_intents.confirm(
            intent.id, {"payment_method": wallet.card, "off_session": True}
        )
    assert refusal.value.code == "payment_intent_unexpected_state"


def test_a_succeeded_intent_cannot_be_canceled(target, wallet, new_intent) -> None:
    intent = new_intent(wallet.customer)
    target.api.payment_intents.confirm(
        intent.id, {"payment_method": wallet.card, "off_session": True}
    )
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        target.api.payment_intents.cancel(intent.id)
    assert refusal.value.code == "payment_intent_unexpected_state"


def test_another_customers_card_is_refused(target, wallet, new_intent) -> None:
    stranger = target.api.customers.create({"email": "stranger@test.example"})
    intent = new_intent(stranger.id)
    with pytest.raises(stripe.InvalidRequestError):
        target.api.payment_intents.confirm(
            intent.id, {"payment_method": wallet.card, "off_session": True}
        )
    assert target.api.payment_intents.retrieve(intent.id).amount_received == 0


def test_a_detached_card_is_refused(target, wallet, new_intent) -> None:
    target.api.payment_methods.detach(wallet.card)
    intent = new_intent(wallet.customer)
    with pytest.raises(stripe.InvalidRequestError):
        target.api.payment_intents.confirm(
            intent.id, {"payment_method": wallet.card, "off_session": True}
        )


def test_an_unknown_intent_is_a_404(target) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        target.api.payment_intents.retrieve("pi_unknown")
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_off_session_wishes_belong_to_the_confirmation(target, wallet, new_intent) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        new_intent(wallet.customer, off_session=True)
    assert refusal.value.param == "off_session"


def test_a_card_cannot_be_set_up_while_its_owner_is_away(target, wallet, new_intent) -> None:
    intent = new_intent(wallet.customer, setup_future_usage="off_session")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        target.api.payment_intents.confirm(
            intent.id, {"payment_method": wallet.card, "off_session": True}
        )
    assert refusal.value.http_status == 400


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"amont": 5}, "amont"),
        ({"amount": "a lot"}, "amount"),
        ({"currency": "nope"}, "currency"),
        ({"setup_future_usage": "sometimes"}, "setup_future_usage"),
        ({"customer": "cus_unknown"}, "customer"),
        ({"amount": 10}, "amount"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(
    target, wallet, new_intent, wrong: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        new_intent(**{"customer": wallet.customer, **wrong})
    assert (refusal.value.http_status, refusal.value.param) == (400, param)


def test_the_default_card_is_one_of_the_customers_own(target, wallet) -> None:
    settings = {"invoice_settings": {"default_payment_method": wallet.card}}
    customer = target.api.customers.update(wallet.customer, settings)
    assert customer.invoice_settings.default_payment_method == wallet.card
    stranger = target.api.customers.create({})
    with pytest.raises(stripe.InvalidRequestError):
        target.api.customers.update(stranger.id, settings)


def test_wrong_keys_are_refused(target) -> None:
    with pytest.raises(stripe.AuthenticationError):
        target.api.customers.list({}, {"api_key": "sk_nonsense"})
