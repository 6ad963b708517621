"""The doctor looks after money on its way to the bank: each promise is broken once, and seen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.gateway import Gateway
from billing.models import BalanceTransaction, Payment, Payout
from config.clock import SimulatedClock
from config.db import db, transaction
from stripe_sandbox.launch import Running
from tests.billing.daily_look import Go, look
from tests.billing.price_list import Studio

CODES = ("PO1", "PO2", "PO3", "L6-payouts")
DAY = timedelta(days=1)


@pytest.fixture
def paid_out(
    paid: Payment, studio: Studio, gateway: Gateway, clock: SimulatedClock, stripe: Running, go: Go
) -> BalanceTransaction:
    """The movement of Ana's charge, paid out and booked."""
    go(clock.now() + 3 * DAY)
    stripe.control("POST", "payouts")
    look(gateway, date(2027, 1, 7))
    query = sa.select(BalanceTransaction).where(BalanceTransaction.kind == "charge")
    return db.session.scalars(query).one()


def broken(app: Flask) -> set[str]:
    found = app.extensions["taper.doctor"].examine(codes=CODES)
    return {one.code for one in found if one.violations}


def test_fee_that_was_booked_otherwise_is_found(app: Flask, paid_out: BalanceTransaction) -> None:
    assert broken(app) == set()
    with transaction():
        db.session.execute(
            sa.update(BalanceTransaction)
            .where(BalanceTransaction.id == paid_out.id)
            .values(fee_cents=340, amount_cents=BalanceTransaction.net_cents + 340)
        )
    assert broken(app) == {"PO1"}


def test_payout_that_is_not_the_sum_of_its_movements_is_found(
    app: Flask, paid_out: BalanceTransaction
) -> None:
    with transaction():
        db.session.execute(sa.update(Payout).values(amount_cents=Payout.amount_cents - 1))
    assert broken(app) == {"PO2"}


def test_movement_that_left_its_payout_is_found(app: Flask, paid_out: BalanceTransaction) -> None:
    with transaction():
        db.session.execute(
            sa.update(BalanceTransaction)
            .where(BalanceTransaction.id == paid_out.id)
            .values(payout_id=None)
        )
    assert broken(app) == {"PO3"}


def test_money_that_nobody_pays_out_is_found_after_its_schedule_and_a_week(
    app: Flask, paid: Payment, gateway: Gateway, clock: SimulatedClock, go: Go
) -> None:
    go(clock.now() + 10 * DAY)
    look(gateway, date(2027, 1, 14))
    assert broken(app) == set()
    go(clock.now() + DAY)
    look(gateway, date(2027, 1, 15))
    assert broken(app) == {"L6-payouts"}
