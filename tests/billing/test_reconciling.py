"""The daily look at Stripe: fees and payouts are booked once, though Stripe be silent meanwhile."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from billing import accounts
from billing.gateway import Gateway
from billing.models import Payment, Payout, ReconcileRun
from billing.reconciling import reconciling, unpaid_out
from config.clock import SimulatedClock
from config.db import db
from locations.models import JournalEntry
from stripe_sandbox.launch import Running
from tests.billing.daily_look import DAY, FEE, PRICE, Go, held, look, open_breaks
from tests.billing.price_list import Studio


def entries(kind: str) -> list[JournalEntry]:
    query = sa.select(JournalEntry).where(JournalEntry.kind == kind)
    return list(db.session.scalars(query))


def test_the_fee_of_a_charge_is_booked_once_where_and_when_it_was_taken(
    paid: Payment, studio: Studio, gateway: Gateway, clock: SimulatedClock, go: Go
) -> None:
    go(clock.now() + timedelta(hours=2))
    assert look(gateway, date(2027, 1, 4)) == "done"
    assert held(studio) == {
        "stripe_clearing": PRICE - FEE, "bank": 0, "processor_fees": FEE,
    }  # fmt: skip
    (fee,) = entries("processor_fee")
    assert fee.occurred_on == date(2027, 1, 4)
    assert open_breaks() == []

    assert look(gateway, date(2027, 1, 4)) == "over"
    assert look(gateway, date(2027, 1, 5)) == "done"  # the same movements once more
    assert len(entries("processor_fee")) == 1


def test_a_payout_empties_what_stripe_holds_into_the_bank(
    paid: Payment, studio: Studio, gateway: Gateway, clock: SimulatedClock, stripe: Running, go: Go
) -> None:
    go(clock.now() + 3 * DAY)
    stripe.control("POST", "payouts")
    assert look(gateway, date(2027, 1, 7)) == "done"
    assert held(studio) == {"stripe_clearing": 0, "bank": PRICE - FEE, "processor_fees": FEE}
    payout = db.session.scalars(sa.select(Payout)).one()
    assert (payout.amount_cents, payout.booked_on) == (PRICE - FEE, date(2027, 1, 7))
    assert look(gateway, date(2027, 1, 8)) == "done"
    assert len(entries("payout")) == 1
    assert open_breaks() == []


def test_a_payout_that_the_bank_sends_back_is_taken_back_and_goes_with_the_next(
    paid: Payment, studio: Studio, gateway: Gateway, clock: SimulatedClock, stripe: Running, go: Go
) -> None:
    go(clock.now() + 3 * DAY)
    first = stripe.control("POST", "payouts")["id"]
    look(gateway, date(2027, 1, 7))
    go(clock.now() + DAY)
    stripe.control("POST", f"payouts/{first}/fail")
    look(gateway, date(2027, 1, 8))
    assert held(studio)["bank"] == 0
    assert held(studio)["stripe_clearing"] == PRICE - FEE
    assert open_breaks() == []

    go(clock.now() + DAY)
    stripe.control("POST", "payouts")
    look(gateway, date(2027, 1, 9))
    assert held(studio) == {"stripe_clearing": 0, "bank": PRICE - FEE, "processor_fees": FEE}
    go(clock.now() + DAY)
    look(gateway, date(2027, 1, 10))
    assert open_breaks() == []


def test_what_lies_at_stripe_is_told_three_ways_that_fit(
    paid: Payment, studio: Studio, gateway: Gateway, clock: SimulatedClock, go: Go
) -> None:
    (account,) = accounts.in_use(gateway)
    (before,) = unpaid_out.by_location(account)
    assert (before.books_cents, before.stripe_cents, before.coming_cents) == (PRICE, 0, PRICE)
    go(clock.now() + timedelta(hours=2))
    look(gateway, date(2027, 1, 4))
    (after,) = unpaid_out.by_location(account)
    net = PRICE - FEE
    assert (after.books_cents, after.stripe_cents, after.coming_cents) == (net, net, 0)


@pytest.mark.parametrize(
    "endpoint", ["payment_intents.list", "balance_transactions.list", "payouts.list"]
)
@pytest.mark.parametrize(
    "kind", ["timeout_before", "reset", "500_before", "429", "unreadable", "wrong_object"]
)
def test_a_silent_stripe_leaves_the_look_of_the_day_to_the_next_ask(
    paid: Payment, studio: Studio, gateway: Gateway, clock: SimulatedClock, stripe: Running, go: Go,
    endpoint: str, kind: str,
) -> None:  # fmt: skip
    go(clock.now() + 3 * DAY)
    stripe.control("POST", "payouts")
    gateway = Gateway(api_key=stripe.api_key, api_base=stripe.url, timeout_s=1)
    fault = {"endpoint": endpoint, "kind": kind, "times": 99}
    if kind == "timeout_before":
        fault["ms"] = 1500
    stripe.control("POST", "faults", fault)
    assert look(gateway, date(2027, 1, 7)) == "silent"
    assert db.session.scalars(sa.select(ReconcileRun.finished_at)).all() == [None]

    stripe.control("DELETE", "faults")
    assert look(gateway, date(2027, 1, 7)) == "done"
    assert held(studio) == {"stripe_clearing": 0, "bank": PRICE - FEE, "processor_fees": FEE}
    assert len(entries("processor_fee")) == len(entries("payout")) == 1


def test_two_looks_at_once_book_once(
    paid: Payment, studio: Studio, gateway: Gateway, clock: SimulatedClock, stripe: Running, go: Go
) -> None:
    go(clock.now() + 3 * DAY)
    stripe.control("POST", "payouts")
    (account,) = accounts.in_use(gateway)
    now = clock.now()
    until = int(now.timestamp()) + 1
    for _ in range(2):  # both import before either books
        reconciling.keep_all(account, since=0, until=until, now=now)
    for _ in range(2):
        reconciling.book_all(account, now=now)
    assert held(studio) == {"stripe_clearing": 0, "bank": PRICE - FEE, "processor_fees": FEE}
