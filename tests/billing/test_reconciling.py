"""The daily look at Stripe: fees and payouts are booked once, and what differs is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from billing import (
    accounts,
    balance,
    breaks,
    matching,
    payouts,
    reconcile,
    reconciling,
    unpaid_out,
)
from billing.collect import collecting
from billing.gateway import BalanceMove, Gateway, PayoutSeen
from billing.models import (
    BalanceTransaction,
    Payment,
    Payout,
    ReconcileBreak,
    ReconcileRun,
    StrayIntent,
)
from billing.pace import ALL, Pacer
from billing.rules.reconcile import Difference
from config.audit import Actor
from config.clock import SimulatedClock
from config.db import db, run_txn, transaction
from config.ids import new_id
from locations import ledger, people
from locations.models import JournalEntry
from stripe_sandbox.launch import Running
from tests.billing.conftest import Studio

PRICE, FEE = 10925, 347  # 99.00 and 10.35 % tax; 2.9 % and 30 cents of it
PASSWORD = "a long enough sentence 7"
DAY = timedelta(days=1)

Go = Callable[[datetime], None]


@pytest.fixture
def go(stripe: Running, clock: SimulatedClock) -> Go:
    """Put both clocks to an instant."""

    def to(instant: datetime) -> None:
        clock.set(instant)
        stripe.control("POST", "clock", {"now": instant.isoformat()})

    return to


def look(gateway: Gateway, on: date) -> str:
    (account,) = accounts.in_use(gateway)
    said = reconciling.look(account, on=on)
    db.session.expire_all()
    return said


def open_breaks() -> list[tuple[str, int | None, int | None]]:
    rows = db.session.scalars(
        sa.select(ReconcileBreak)
        .where(ReconcileBreak.resolved_at.is_(None))
        .order_by(ReconcileBreak.kind)
    )
    return [(row.kind, row.ours_cents, row.theirs_cents) for row in rows]


def held(studio: Studio) -> dict[str, int]:
    found = ledger.totals(studio.sea.id)
    return {name: found.get(name, 0) for name in ("stripe_clearing", "bank", "processor_fees")}


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


def test_money_that_nothing_of_ours_explains_is_a_break_until_it_is_explained(
    paid: Payment, gateway: Gateway, stripe: Running, clock: SimulatedClock, studio: Studio, go: Go
) -> None:
    customer = gateway.create_customer(key="cu:x", email="x@studio.example", metadata={})
    card = stripe.control("POST", "cards", {"customer": customer, "token": "pm_card_visa"})
    intent = gateway.create_intent(
        key="pi:x", customer_id=customer, amount_cents=4200, currency="USD", metadata={}
    )
    gateway.confirm_intent(intent.id, key="cf:x", payment_method_id=card["id"])
    go(clock.now() + timedelta(hours=2))
    look(gateway, date(2027, 1, 4))
    assert open_breaks() == [("unknown_charge", None, 4200)]
    assert db.session.scalars(sa.select(StrayIntent.stripe_id)).all() == [intent.id]
    assert len(list(reconcile.collected_findings(gateway, asked_at=clock.now()))) == 1

    with transaction():
        who = people.create_account(
            email="ada@studio.example", name="Ada", password=PASSWORD, now=clock.now()
        )
    row = db.session.scalars(sa.select(ReconcileBreak)).one()
    by = Actor(who.id, who.name)
    run_txn(lambda: breaks.resolve(row.id, text="Typed at Stripe.", by=by, now=clock.now()))
    look(gateway, date(2027, 1, 5))
    assert open_breaks() == []
    assert list(reconcile.collected_findings(gateway, asked_at=clock.now())) == []


def test_a_break_that_a_person_explained_stays_away_and_one_that_is_gone_resolves_itself(
    app: Flask, studio: Studio, clock: SimulatedClock
) -> None:
    who = run_txn(
        lambda: people.create_account(
            email="ada@studio.example", name="Ada", password=PASSWORD, now=clock.now()
        )
    )
    one = Difference("unknown_charge", "ch_1", None, None, 4200, "USD", "")
    two = Difference("charge_missing", "ch_2", studio.sea.id, 100, None, "USD", "")
    assert run_txn(lambda: breaks.refresh("default", [one, two], now=clock.now())) == 2
    first = db.session.scalars(
        sa.select(ReconcileBreak).where(ReconcileBreak.subject_key == "ch_1")
    ).one()
    by = Actor(who.id, who.name)
    run_txn(lambda: breaks.resolve(first.id, text="A test of ours.", by=by, now=clock.now()))

    assert run_txn(lambda: breaks.refresh("default", [one], now=clock.now())) == 0
    assert open_breaks() == []
    other = Difference("unknown_charge", "ch_1", None, None, 4300, "USD", "")
    assert run_txn(lambda: breaks.refresh("default", [other], now=clock.now())) == 1
    assert open_breaks() == [("unknown_charge", None, 4300)]


def test_a_fee_of_stripes_own_waits_for_a_person_to_say_whose_it_is(
    paid: Payment, studio: Studio, gateway: Gateway, clock: SimulatedClock, go: Go
) -> None:
    with transaction():
        db.session.add(
            BalanceTransaction(
                id=new_id(), stripe_id="txn_fee", stripe_account="default", kind="stripe_fee",
                source_id="txn_fee", amount_cents=-900, fee_cents=0, net_cents=-900,
                currency="USD", created_at=clock.now(), available_at=clock.now(),
            )
        )  # fmt: skip
    go(clock.now() + timedelta(hours=2))
    look(gateway, date(2027, 1, 4))
    assert open_breaks() == [("unplaced", None, -900)]

    assert run_txn(lambda: balance.place_by_hand("txn_fee", location_id=studio.sea.id))
    look(gateway, date(2027, 1, 5))
    assert open_breaks() == []
    assert held(studio)["processor_fees"] == FEE + 900
    assert held(studio)["stripe_clearing"] == PRICE - FEE - 900


def test_a_payment_that_stripe_does_not_show_is_a_break(
    paid: Payment, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    stripe.control("POST", "reset")
    clock.advance(timedelta(hours=2))
    look(gateway, date(2027, 1, 4))
    assert open_breaks() == [("charge_missing", PRICE, None)]


def test_an_amount_written_down_wrongly_is_a_break(
    paid: Payment, gateway: Gateway, clock: SimulatedClock, go: Go
) -> None:
    with transaction():
        db.session.execute(sa.update(Payment).values(amount_cents=PRICE - 1))
    go(clock.now() + timedelta(hours=2))
    look(gateway, date(2027, 1, 4))
    assert open_breaks() == [("charge_differs", PRICE - 1, PRICE)]


def test_money_that_waits_too_long_for_its_payout_is_a_break(
    paid: Payment, gateway: Gateway, clock: SimulatedClock, go: Go
) -> None:
    go(clock.now() + 10 * DAY)
    look(gateway, date(2027, 1, 14))
    assert open_breaks() == []  # available after two days, and a payout every day: a week is well
    go(clock.now() + DAY)
    look(gateway, date(2027, 1, 15))
    assert open_breaks() == [("payout_late", None, PRICE - FEE)]


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


class Bucket(Pacer):
    """A bucket that tells what was asked of it."""

    def __init__(self) -> None:
        super().__init__({ALL: 1000.0})
        self.asked: list[str] = []
        self.held: list[float] = []

    def reserve(self, endpoints: Sequence[str]) -> float:
        self.asked += endpoints
        return super().reserve(endpoints)

    def hold_back(self, seconds: float) -> None:
        self.held.append(seconds)


def test_every_page_of_the_daily_look_takes_its_place_in_the_bucket_of_the_account(
    app: Flask, studio: Studio, paid: Payment, gateway: Gateway, stripe: Running, go: Go
) -> None:
    bucket = Bucket()
    app.extensions["taper.collecting"] = replace(collecting(), pacer=bucket)
    go(datetime(2027, 1, 6, 18, tzinfo=UTC))
    before = _lists(stripe)
    assert look(gateway, date(2027, 1, 6)) == "done"
    assert len(bucket.asked) == _lists(stripe) - before > 3
    assert set(bucket.asked) == {"list"}
    assert bucket.held == []


def test_a_page_that_is_one_too_many_is_asked_for_again_and_everybody_waits(
    app: Flask, studio: Studio, paid: Payment, gateway: Gateway, stripe: Running, go: Go
) -> None:
    bucket = Bucket()
    app.extensions["taper.collecting"] = replace(collecting(), pacer=bucket)
    go(datetime(2027, 1, 6, 18, tzinfo=UTC))
    fault = {"endpoint": "balance_transactions.list", "kind": "429", "retry_after": 7, "times": 2}
    stripe.control("POST", "faults", fault)
    assert look(gateway, date(2027, 1, 6)) == "done"
    assert bucket.held == [7.0, 7.0]
    assert db.session.scalars(sa.select(BalanceTransaction.kind)).all() == ["charge"]


def _lists(stripe: Running) -> int:
    calls = stripe.control("GET", "stats")["calls"]
    return sum(count for name, count in calls.items() if name.endswith(".list"))


def test_what_settled_in_another_currency_is_named_and_no_cent_of_it_is_compared_or_booked(
    studio: Studio, paid: Payment, gateway: Gateway, go: Go
) -> None:
    go(datetime(2027, 1, 6, 18, tzinfo=UTC))
    created = int(datetime(2027, 1, 4, 18, tzinfo=UTC).timestamp())
    at = {"created": created, "available": created}
    charged = BalanceMove("txn_cad", "charge", str(paid.charge_id), 14711, 456, 14255, "CAD", **at)
    sent = PayoutSeen("po_cad", "paid", 14255, "CAD", created, created, automatic=True)
    (account,) = accounts.in_use(gateway)
    now = datetime(2027, 1, 6, 18, tzinfo=UTC)
    run_txn(lambda: balance.keep(account.name, [charged]))
    run_txn(lambda: payouts.keep(account.name, [sent]))
    (payout,) = payouts.unexplained(account.name)
    run_txn(lambda: payouts.keep_make_up(payout, [charged]))
    reconciling.book_all(account, now=now)
    found = list(matching.differences(account, asked_at=now, payout_days=2))
    assert [(one.kind, one.ours_cents, one.theirs_cents, one.currency) for one in found] == [
        ("other_currency", None, 14255, "CAD"),
        ("payout_unbooked", None, 14255, "CAD"),
    ]
    assert held(studio) == {"stripe_clearing": PRICE, "bank": 0, "processor_fees": 0}
