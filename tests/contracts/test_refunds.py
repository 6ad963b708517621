"""Money back: never more than was taken, never twice by the same key."""

from __future__ import annotations

import pytest
import stripe


@pytest.fixture
def paid(target, wallet, new_intent):
    intent = new_intent(wallet.customer)
    return target.api.payment_intents.confirm(
        intent.id, {"payment_method": wallet.card, "off_session": True}
    )


def test_a_charge_is_refunded_in_parts_up_to_its_amount(target, paid) -> None:
    first = target.api.refunds.create({"payment_intent": paid.id, "amount": 4000})
    assert (first.status, first.amount) == ("succeeded", 4000)
    rest = target.api.refunds.create({"payment_intent": paid.id})
    assert rest.amount == 5000
    charge = target.api.charges.retrieve(paid.latest_charge)
    assert (charge.refunded, charge.amount_refunded) == (True, 9000)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        target.api.refunds.create({"payment_intent": paid.id, "amount": 1})
    assert refusal.value.code == "charge_already_refunded"


def test_more_than_is_left_is_refused(target, paid) -> None:
    target.api.refunds.create({"payment_intent": paid.id, "amount": 4000})
    with pytest.raises(stripe.InvalidRequestError):
        target.api.refunds.create({"payment_intent": paid.id, "amount": 5001})
    assert target.api.charges.retrieve(paid.latest_charge).amount_refunded == 4000


def test_the_same_key_refunds_once(target, paid, key) -> None:
    wanted = {"payment_intent": paid.id, "amount": 1000, "metadata": {"refund": "r-1"}}
    first = target.api.refunds.create(wanted, {"idempotency_key": key})
    again = target.api.refunds.create(wanted, {"idempotency_key": key})
    assert first.id == again.id
    found = target.api.refunds.list({"payment_intent": paid.id})
    assert [r.metadata["refund"] for r in found.data] == ["r-1"]


def test_an_unpaid_intent_has_nothing_to_refund(target, wallet, new_intent) -> None:
    intent = new_intent(wallet.customer)
    with pytest.raises(stripe.InvalidRequestError):
        target.api.refunds.create({"payment_intent": intent.id})


def test_a_charge_brings_a_balance_transaction_less_a_fee(target, paid) -> None:
    intent = target.api.payment_intents.retrieve(
        paid.id, {"expand": ["latest_charge.balance_transaction"]}
    )
    entry = intent.latest_charge.balance_transaction
    assert (entry.type, entry.amount) == ("charge", 9000)
    assert entry.net == entry.amount - entry.fee
    assert entry.fee > 0


def test_the_fee_is_2_9_percent_and_30_cents_half_a_cent_up(target, wallet, new_intent) -> None:
    target.only_here("charge this fee; it depends on the account's contract")
    fees = {}
    for amount_cents in (1000, 1050, 9000, 4999):
        intent = new_intent(wallet.customer, amount=amount_cents)
        paid = target.api.payment_intents.confirm(
            intent.id,
            {
                "payment_method": wallet.card,
                "off_session": True,
                "expand": ["latest_charge.balance_transaction"],
            },
        )
        fees[amount_cents] = paid.latest_charge.balance_transaction.fee
    # 10.50 x 2.9 % = 30.45 cents, down; 49.99 x 2.9 % = 144.97 cents, up.
    assert fees == {1000: 59, 1050: 60, 9000: 291, 4999: 175}
