"""The hosted page when answers of Stripe are lost, late or wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from billing.gateway import Gateway, OutcomeUnknown
from billing.models import Payment, PaymentAttempt
from billing.payments import hosted, janitor
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db
from config.errors import Unavailable
from membership.models import Member
from stripe_sandbox.launch import Running
from tests.billing.card_page import every, newest_session, pay_at_stripe, sell_starter
from tests.billing.price_list import Studio


@pytest.mark.parametrize("kind", ["reset", "unreadable"])
def test_lost_answer_to_opening_a_page_is_asked_for_again_and_gives_the_same_page(
    studio: Studio,
    member: Member,
    gateway: Gateway,
    stripe: Running,
    clock: SimulatedClock,
    kind: str,
) -> None:
    fault = {"endpoint": "checkout.sessions.create", "kind": kind, "times": 2}
    stripe.control("POST", "faults", fault)
    with pytest.raises(Unavailable):
        sell_starter(studio, member, gateway, clock)
    stripe.control("DELETE", "faults")
    attempt_id = db.session.scalars(sa.select(PaymentAttempt.id)).one()
    once = hosted.open_page(attempt_id, gateway=gateway, now=clock.now())
    assert hosted.open_page(attempt_id, gateway=gateway, now=clock.now()) == once
    assert stripe.control("GET", "stats")["objects"]["checkout.session"] == 1


@pytest.mark.parametrize("kind", ["500_before", "500_after"])
def test_page_whose_address_nobody_saw_is_given_up_for_another(
    studio: Studio,
    member: Member,
    gateway: Gateway,
    stripe: Running,
    clock: SimulatedClock,
    kind: str,
) -> None:
    fault = {"endpoint": "checkout.sessions.create", "kind": kind, "times": 2}
    stripe.control("POST", "faults", fault)
    with pytest.raises(Unavailable):
        sell_starter(studio, member, gateway, clock)
    stripe.control("DELETE", "faults")
    sell_starter(studio, member, gateway, clock)
    assert sorted(every(PaymentAttempt.state)) == ["action", "failed"]
    given_up = db.session.scalars(
        sa.select(PaymentAttempt.id).where(PaymentAttempt.state == "failed")
    ).one()
    with pytest.raises(Unavailable):  # an answer that comes late is shown to nobody
        hosted.open_page(given_up, gateway=gateway, now=clock.now())
    pay_at_stripe(stripe, newest_session())
    assert hosted.finish(newest_session(), gateway=gateway, now=clock.now()).verdict == "paid"
    assert len(every(Payment.id)) == 1


def test_wrong_object_settles_nothing(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    sell_starter(studio, member, gateway, clock)
    pay_at_stripe(stripe, newest_session())
    fault = {"endpoint": "checkout.sessions.retrieve", "kind": "wrong_object", "times": 1}
    stripe.control("POST", "faults", fault)
    with pytest.raises(OutcomeUnknown):
        hosted.finish(newest_session(), gateway=gateway, now=clock.now())
    assert every(Payment.id) == []
    assert hosted.finish(newest_session(), gateway=gateway, now=clock.now()).verdict == "paid"


def test_janitor_gives_up_a_page_that_nobody_saw_and_settles_one_that_was_paid(
    studio: Studio,
    member: Member,
    gateway: Gateway,
    stripe: Running,
    clock: SimulatedClock,
    leases: ManualLeaseClock,
) -> None:
    fault = {"endpoint": "checkout.sessions.create", "kind": "unreadable", "times": 2}
    stripe.control("POST", "faults", fault)
    with pytest.raises(Unavailable):
        sell_starter(studio, member, gateway, clock)
    stripe.control("DELETE", "faults")
    leases.advance(3_600_000)
    janitor.look()
    assert every(PaymentAttempt.state) == ["action"]
    clock.advance(timedelta(hours=1))
    stripe.control("POST", "clock", {"now": clock.now().isoformat()})
    leases.advance(3_600_000)
    janitor.look()
    assert every(PaymentAttempt.state) == ["failed"]
    sell_starter(studio, member, gateway, clock)
    pay_at_stripe(stripe, newest_session())
    leases.advance(3_600_000)
    janitor.look()
    assert sorted(every(PaymentAttempt.state)) == ["failed", "succeeded"]
