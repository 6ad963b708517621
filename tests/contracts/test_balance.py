"""Movements and payouts through the product's own door: what the daily look at Stripe reads."""

from __future__ import annotations

import os

import pytest

from billing.gateway import BalanceMove, Gateway, OutcomeUnknown, Throttled
from stripe_sandbox.launch import Running

EVER = 1 << 40  # seconds


@pytest.fixture
def door(request: pytest.FixtureRequest, target) -> Gateway:
    """Our gateway to whatever the suite talks to."""
    if target.sandbox is None:
        return Gateway(api_key=os.environ["STRIPE_TEST_KEY"], api_base=None, timeout_s=30)
    running: Running = target.sandbox
    return Gateway(api_key=running.api_key, api_base=running.url, timeout_s=5)


@pytest.fixture
def paid(target, wallet, new_intent):
    intent = new_intent(wallet.customer)
    return target.api.payment_intents.confirm(
        intent.id, {"payment_method": wallet.card, "off_session": True}
    )


def of(door: Gateway, source_id: str, created: int) -> list[BalanceMove]:
    found = door.balance_moves(since=created - 5, until=EVER)
    return [move for move in found if move.source_id == source_id]


def test_a_charge_and_its_refund_are_movements_with_their_source(target, door, paid) -> None:
    refund = target.api.refunds.create({"payment_intent": paid.id, "amount": 4000})
    (charged,) = of(door, paid.latest_charge, paid.created)
    assert (charged.kind, charged.amount_cents, charged.currency) == ("charge", 9000, "USD")
    assert charged.net_cents == charged.amount_cents - charged.fee_cents < 9000
    assert charged.available >= charged.created >= paid.created
    (back,) = of(door, refund.id, paid.created)
    assert (back.kind, back.amount_cents) == ("refund", -4000)


def test_movements_are_listed_page_after_page_each_once(target, door, wallet, new_intent) -> None:
    target.only_here("charge a hundred times for a page")
    first = None
    for _ in range(103):
        intent = new_intent(wallet.customer)
        done = target.api.payment_intents.confirm(
            intent.id, {"payment_method": wallet.card, "off_session": True}
        )
        first = first or done
    assert first is not None
    found = [move.id for move in door.balance_moves(since=first.created, until=EVER)]
    assert len(found) == len(set(found)) >= 103
    assert list(door.balance_moves(since=EVER - 1, until=EVER)) == []


@pytest.mark.parametrize("kind", ["500_before", "reset", "unreadable", "wrong_object"])
@pytest.mark.parametrize("endpoint", ["balance_transactions.list", "payouts.list"])
def test_a_list_that_breaks_is_unknown_and_never_empty(target, door, endpoint, kind) -> None:
    sandbox = target.only_here("fail")
    sandbox.control("POST", "faults", {"endpoint": endpoint, "kind": kind, "times": 9})
    listed = door.balance_moves if endpoint.startswith("balance") else door.payouts_created
    with pytest.raises(OutcomeUnknown):
        list(listed(since=0, until=EVER))
    sandbox.control("DELETE", "faults")


def test_too_many_requests_say_how_long_to_wait(target, door) -> None:
    sandbox = target.only_here("refuse")
    fault = {"endpoint": "payouts.list", "kind": "429", "times": 9, "retry_after": 3}
    sandbox.control("POST", "faults", fault)
    with pytest.raises(Throttled) as limit:
        list(door.payouts_created(since=0, until=EVER))
    sandbox.control("DELETE", "faults")
    assert limit.value.retry_after_s == 3.0
