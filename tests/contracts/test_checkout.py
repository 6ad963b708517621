"""Checkout with the member present: paid once, saved for later where asked, expired unpaid."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe

from stripe_sandbox.launch import ControlRefusedError

BACK = "https://studio.test.example/welcome?session={CHECKOUT_SESSION_ID}"


def _sale(customer: str | None, **more: Any) -> dict[str, Any]:
    return {
        "mode": "payment",
        "success_url": BACK,
        "cancel_url": "https://studio.test.example/join",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "usd",
                    "unit_amount": 11037,
                    "product_data": {"name": "Starter, 3 sessions"},
                },
            }
        ],
        **({"customer": customer} if customer else {}),
        **more,
    }


def test_a_new_session_is_open_unpaid_and_has_a_page(target, wallet) -> None:
    session = target.api.checkout.sessions.create(
        _sale(wallet.customer, metadata={"attempt": "a-1"})
    )
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.metadata["attempt"]) == (11037, "a-1")
    assert session.url.startswith("http")


def test_paying_makes_the_intent_with_its_metadata_and_keeps_the_card(target, wallet) -> None:
    sandbox = target.only_here("pay on the hosted page")
    session = target.api.checkout.sessions.create(
        _sale(
            wallet.customer,
            payment_intent_data={
                "metadata": {"invoice": "inv-9"},
                "setup_future_usage": "off_session",
            },
        )
    )
    sandbox.control("POST", f"checkout/{session.id}/pay", {"token": "pm_card_mastercard"})
    done = target.api.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (done.status, done.payment_status) == ("complete", "paid")
    assert done.payment_intent.status == "succeeded"
    assert done.payment_intent.metadata["invoice"] == "inv-9"
    card = target.api.payment_methods.retrieve(done.payment_intent.payment_method)
    assert (card.customer, card.card.brand) == (wallet.customer, "mastercard")


def test_without_future_usage_the_card_is_not_kept(target, wallet) -> None:
    sandbox = target.only_here("pay on the hosted page")
    session = target.api.checkout.sessions.create(_sale(wallet.customer))
    paid = sandbox.control("POST", f"checkout/{session.id}/pay")
    intent = target.api.payment_intents.retrieve(paid["payment_intent"])
    assert target.api.payment_methods.retrieve(intent.payment_method).customer is None


def test_a_declined_card_leaves_the_session_open_for_another(target, wallet) -> None:
    sandbox = target.only_here("pay on the hosted page")
    session = target.api.checkout.sessions.create(_sale(wallet.customer))
    with pytest.raises(ControlRefusedError, match="insufficient funds"):
        sandbox.control(
            "POST",
            f"checkout/{session.id}/pay",
            {"token": "pm_card_visa_chargeDeclinedInsufficientFunds"},
        )
    now = target.api.checkout.sessions.retrieve(session.id)
    assert (now.status, now.payment_status) == ("open", "unpaid")
    sandbox.control("POST", f"checkout/{session.id}/pay")
    done = target.api.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_intent) == ("complete", now.payment_intent)


def test_a_setup_session_saves_a_card_without_taking_money(target, wallet) -> None:
    sandbox = target.only_here("fill in the hosted page")
    session = target.api.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "usd",
            "customer": wallet.customer,
            "success_url": BACK,
            "setup_intent_data": {"metadata": {"member": "m-1"}},
        }
    )
    sandbox.control("POST", f"checkout/{session.id}/complete_setup", {"token": "pm_card_amex"})
    done = target.api.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    assert done.setup_intent.metadata["member"] == "m-1"
    card = target.api.payment_methods.retrieve(done.setup_intent.payment_method)
    assert (card.customer, card.card.brand) == (wallet.customer, "amex")


def test_a_card_authenticated_at_setup_needs_no_authentication_later(
    target, wallet, new_intent
) -> None:
    sandbox = target.only_here("fill in the hosted page")
    session = target.api.checkout.sessions.create(
        {"mode": "setup", "currency": "usd", "customer": wallet.customer, "success_url": BACK}
    )
    token = "pm_card_authenticationRequiredOnSetup"
    sandbox.control("POST", f"checkout/{session.id}/complete_setup", {"token": token})
    done = target.api.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    intent = new_intent(wallet.customer)
    paid = target.api.payment_intents.confirm(
        intent.id, {"payment_method": done.setup_intent.payment_method, "off_session": True}
    )
    assert paid.status == "succeeded"
    bare = target.api.payment_methods.attach(token, {"customer": wallet.customer})
    other = new_intent(wallet.customer)
    with pytest.raises(stripe.CardError) as decline:
        target.api.payment_intents.confirm(
            other.id, {"payment_method": bare.id, "off_session": True}
        )
    assert decline.value.code == "authentication_required"


def test_an_expired_session_cannot_be_paid_nor_expired_again(target, wallet) -> None:
    session = target.api.checkout.sessions.create(_sale(wallet.customer))
    ended = target.api.checkout.sessions.expire(session.id)
    assert (ended.status, ended.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError):
        target.api.checkout.sessions.expire(session.id)
    sandbox = target.only_here("pay an expired session")
    with pytest.raises(ControlRefusedError, match="expired"):
        sandbox.control("POST", f"checkout/{session.id}/pay")


def test_a_paid_session_cannot_be_expired(target, wallet) -> None:
    sandbox = target.only_here("pay on the hosted page")
    session = target.api.checkout.sessions.create(_sale(wallet.customer))
    sandbox.control("POST", f"checkout/{session.id}/pay")
    with pytest.raises(stripe.InvalidRequestError):
        target.api.checkout.sessions.expire(session.id)


def test_the_intent_of_a_session_is_not_ours_to_cancel(target, wallet) -> None:
    sandbox = target.only_here("try a card on the hosted page")
    session = target.api.checkout.sessions.create(_sale(wallet.customer))
    with pytest.raises(ControlRefusedError):
        sandbox.control(
            "POST", f"checkout/{session.id}/pay", {"token": "pm_card_visa_chargeDeclined"}
        )
    intent = target.api.checkout.sessions.retrieve(session.id).payment_intent
    with pytest.raises(stripe.InvalidRequestError):
        target.api.payment_intents.cancel(intent)
    target.api.checkout.sessions.expire(session.id)
    assert target.api.payment_intents.retrieve(intent).status == "canceled"


@pytest.mark.parametrize("minutes", [5, 25 * 60])
def test_a_session_lives_between_half_an_hour_and_a_day(target, wallet, minutes: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        target.api.checkout.sessions.create(
            _sale(wallet.customer, expires_at=int(time.time()) + minutes * 60)
        )
    assert refusal.value.param == "expires_at"


def test_a_sale_to_a_stranger_makes_a_customer_when_the_card_is_kept(target) -> None:
    sandbox = target.only_here("pay on the hosted page")
    session = target.api.checkout.sessions.create(
        _sale(None, payment_intent_data={"setup_future_usage": "off_session"})
    )
    paid = sandbox.control("POST", f"checkout/{session.id}/pay", {"email": "new@test.example"})
    assert target.api.customers.retrieve(paid["customer"]).email == "new@test.example"
