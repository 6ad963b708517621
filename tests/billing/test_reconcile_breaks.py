"""What the daily look finds different is a break, until it is explained or gone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from flask import Flask

from billing import accounts
from billing.gateway import BalanceMove, Gateway, PayoutSeen
from billing.models import BalanceTransaction, Payment, ReconcileBreak, StrayIntent
from billing.reconciling import balance, breaks, matching, payouts, reconcile, reconciling
from billing.rules.reconcile import Difference
from config.audit import Actor
from config.clock import SimulatedClock
from config.db import db, run_txn, transaction
from config.ids import new_id
from locations import people
from stripe_sandbox.launch import Running
from tests.billing.daily_look import DAY, FEE, PRICE, Go, held, look, open_breaks
from tests.billing.price_list import Studio

PASSWORD = "a long enough sentence 7"


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
