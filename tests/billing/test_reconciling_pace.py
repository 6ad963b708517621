"""Every page of the daily look takes its place in the bucket of the account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import sqlalchemy as sa
from flask import Flask

from billing.gateway import Gateway
from billing.models import BalanceTransaction, Payment
from billing.pace import ALL, Pacer
from billing.payments.collect import collecting
from config.db import db
from stripe_sandbox.launch import Running
from tests.billing.daily_look import Go, look
from tests.billing.price_list import Studio


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
