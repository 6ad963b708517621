"""The doctor compares where an attempt lies with where its invoice does."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from billing.invariants import doctor as billing_doctor
from billing.models import PaymentAttempt
from billing.runs import run
from config.clock import SimulatedClock
from config.db import db, transaction
from config.doctor import Doctor
from tests.crash.shop import begin_plan, join, open_shop


def _said() -> tuple[str, ...]:
    doctor = Doctor()
    billing_doctor.register(doctor)
    db.session.rollback()
    [found] = doctor.examine(codes=["A2-billing"])
    return found.violations


def test_attempt_that_lies_elsewhere_than_its_invoice_is_found(
    app: Flask, clock: SimulatedClock
) -> None:
    shop = open_shop()
    begin_plan(join("ana", shop, clock.now()), shop.two, shop, clock.now())
    run.bill(shop.sea, on=clock.now().date())
    assert _said() == ()
    with transaction():
        db.session.execute(sa.update(PaymentAttempt).values(location_id=shop.two))
    assert len(_said()) == 1
    assert "elsewhere than its invoice" in _said()[0]
