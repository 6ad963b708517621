"""Two at once give money back. Beside each race stands the same one without its guard."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from billing.gateway import Gateway
from billing.models import Invoice, Payment, Refund, TillSession
from billing.refunds import promises, refund_grants, refund_sends, refunds_by_hand
from billing.refunds.refund_grants import Wish
from billing.refunds.refund_terms import Terms
from billing.runs import run
from config import clock as time_of
from config.audit import SYSTEM
from config.clock import SimulatedClock
from config.db import db, run_txn
from config.errors import Refused
from config.ids import new_id
from locations.models import Location
from locations.rules.permissions import Grant
from membership.models import Charge
from stripe_sandbox.launch import Running
from tests.billing.test_races import MANY, at_once
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card

ON = date(2027, 1, 4)
OWNER = frozenset({Grant("owner", None)})
MOST = Terms("goodwill", "card", (), 5000)  # of 87.18 paid


@pytest.fixture
def paid(app: Flask, stripe: Running, gateway: Gateway, clock: SimulatedClock) -> UUID:
    """An invoice over 87.18 that a card paid."""
    shop = open_shop()
    member_id = join("ana", shop, clock.now())
    put_card(member_id, stripe=stripe, gateway=gateway, now=clock.now())
    begin_plan(member_id, shop.two, shop, clock.now())
    run.bill(shop.sea, on=ON)
    forget_starters()
    return db.session.scalars(sa.select(Invoice.id)).one()


def grant(invoice_id: UUID) -> str:
    """Gives 50.00 back, as one clerk; the refusal's code, if there is one."""
    wish = Wish(invoice_id, MOST, 5000, "it was cold", uuid4())
    try:
        run_txn(
            lambda: refund_grants.grant(
                wish, asked_by=None, grants=OWNER, by=SYSTEM, now=time_of.now()
            )
        )
    except Refused as refused:
        return refused.code
    except ValueError:
        return "too_much"
    except Exception as error:  # a refusal by name or by field: nothing was written
        return getattr(error, "code", type(error).__name__)
    return "granted"


def sent_back(gateway: Gateway) -> int:
    found = gateway.refunds_created(since=0, until=1 << 40)
    return sum(one.amount_cents for one in found if one.status == "succeeded")


def numbers(invoice_id: UUID) -> tuple[int, int, int]:
    """What the invoice promised, what its payment gives back, and what it was."""
    db.session.expire_all()
    invoice = db.session.get_one(Invoice, invoice_id)
    payment = db.session.scalars(sa.select(Payment)).one()
    found = invoice.refunds_owed_cents, payment.refunded_cents, payment.amount_cents
    db.session.rollback()
    return found


def violations(app: Flask) -> list[str]:
    return [text for one in app.extensions["taper.doctor"].examine() for text in one.violations]


def test_clerks_at_once_never_give_back_more_than_was_paid(
    app: Flask, paid: UUID, gateway: Gateway
) -> None:
    said = at_once(app, lambda: grant(paid))
    assert sorted(said).count("granted") == 1
    at_once(app, refund_sends.work)
    assert numbers(paid) == (5000, 5000, 8718)
    assert sent_back(gateway) == 5000
    assert violations(app) == []


def test_clerks_who_look_before_they_hold_the_invoice_would_promise_too_much(
    app: Flask, paid: UUID
) -> None:
    seen = threading.Barrier(MANY)

    def naive() -> bool:
        left = db.session.scalar(
            sa.select(Invoice.total_cents - Invoice.credited_cents).where(Invoice.id == paid)
        )
        db.session.rollback()
        seen.wait(timeout=30)
        return left is not None and left >= 5000

    assert sum(at_once(app, naive)) == MANY


def test_workers_at_once_send_a_promise_once(app: Flask, paid: UUID, gateway: Gateway) -> None:
    assert grant(paid) == "granted"
    at_once(app, refund_sends.work)
    assert sent_back(gateway) == 5000
    query = sa.select(Refund.state, Refund.amount_cents)
    assert db.session.execute(query).all() == [("succeeded", 5000)]
    assert violations(app) == []


def test_workers_who_plan_without_holding_the_promise_would_plan_it_again(
    app: Flask, paid: UUID
) -> None:
    grant(paid)
    charge_id = db.session.scalars(sa.select(Charge.id)).one()
    db.session.rollback()
    seen = threading.Barrier(MANY)

    def naive() -> int:
        left = promises.uncovered_cents(db.session.get_one(Charge, charge_id))
        db.session.rollback()
        seen.wait(timeout=30)
        return left

    assert at_once(app, naive) == [5000] * MANY


def test_cash_over_the_counter_and_the_worker_at_once_pay_once(
    app: Flask, paid: UUID, gateway: Gateway
) -> None:
    assert grant(paid) == "granted"
    charge_id = db.session.scalars(sa.select(Charge.id)).one()
    place = db.session.scalars(sa.select(Location)).one()
    run_txn(lambda: _open_till(place))
    db.session.rollback()

    def by_hand() -> Any:
        try:
            return run_txn(
                lambda: refunds_by_hand.keep_all(
                    charge_id, tender="cash", paid_at=place.id, by=SYSTEM, now=time_of.now()
                )
            )
        except Refused as refused:
            return refused.code

    by_hand_said, _sent = at_once(app, by_hand, refund_sends.work)
    in_cash = 5000 if by_hand_said == 5000 else 0
    assert sent_back(gateway) + in_cash == 5000
    assert numbers(paid) == (5000, 5000, 8718)
    refund_sends.work()
    assert sent_back(gateway) + in_cash == 5000
    assert [one for one in violations(app) if "till" not in one] == []


def test_payment_refuses_to_give_back_more_than_it_was_whoever_asks(paid: UUID) -> None:
    with pytest.raises(IntegrityError):
        run_txn(
            lambda: db.session.execute(
                sa.update(Payment).values(refunded_cents=Payment.amount_cents + 1)
            )
        )


def _open_till(place: Location) -> None:
    db.session.add(
        TillSession(
            id=new_id(),
            location_id=place.id,
            currency=place.currency,
            opened_on=ON,
            opened_at=time_of.now(),
            opening_cents=0,
        )
    )
