"""Buying and paying on the hosted page: one payable page at a time, each outcome written once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.gateway import Gateway
from billing.models import Invoice, Payment, PaymentAttempt
from billing.payments import hosted
from config.clock import SimulatedClock
from config.db import db
from config.errors import NotFound, Refused
from membership.models import CreditGrant, Member, MemberPack
from stripe_sandbox.launch import ControlRefusedError, Running
from tests.billing.card_page import every, newest_session, pay_at_stripe, sell_starter
from tests.billing.price_list import Studio


def test_paid_starter_is_numbered_booked_and_granted_at_once(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    url = sell_starter(studio, member, gateway, clock)
    assert url.startswith(stripe.url)
    draft = db.session.scalars(sa.select(Invoice)).one()
    assert (draft.state, draft.number, draft.total_cents) == ("draft", None, 10925)
    assert every(CreditGrant.id) == []

    pay_at_stripe(stripe, newest_session())
    found = hosted.finish(newest_session(), gateway=gateway, now=clock.now())

    assert found.verdict == "paid"
    db.session.expire_all()
    invoice = db.session.scalars(sa.select(Invoice)).one()
    assert (invoice.state, invoice.number, invoice.paid_cents) == ("paid", "SEA-2027-000001", 10925)
    grant = db.session.scalars(sa.select(CreditGrant)).one()
    assert (grant.state, grant.quantity, grant.value_cents) == ("firm", 3, 9900)
    assert db.session.scalars(sa.select(MemberPack.state)).one() == "unopened"


def test_page_return_webhook_and_janitor_write_one_payment_between_them(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    sell_starter(studio, member, gateway, clock)
    pay_at_stripe(stripe, newest_session())
    for _ in range(3):
        assert hosted.finish(newest_session(), gateway=gateway, now=clock.now()).verdict == "paid"
    assert len(every(Payment.id)) == len(every(CreditGrant.id)) == 1


def test_declined_card_leaves_the_page_open_for_another(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    sell_starter(studio, member, gateway, clock)
    with pytest.raises(ControlRefusedError):
        pay_at_stripe(stripe, newest_session(), "pm_card_visa_chargeDeclined")
    assert hosted.finish(newest_session(), gateway=gateway, now=clock.now()).verdict == "waiting"
    pay_at_stripe(stripe, newest_session())
    assert hosted.finish(newest_session(), gateway=gateway, now=clock.now()).verdict == "paid"


def test_expired_page_leaves_no_number_no_credits_and_no_waiting_pack(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    sell_starter(studio, member, gateway, clock)
    clock.advance(timedelta(hours=1))
    stripe.control("POST", "clock", {"now": clock.now().isoformat()})
    assert hosted.finish(newest_session(), gateway=gateway, now=clock.now()).verdict == "expired"
    assert db.session.scalars(sa.select(PaymentAttempt.state)).one() == "failed"
    assert db.session.scalars(sa.select(Invoice.number)).one() is None
    assert every(CreditGrant.id) == []
    assert "draft" not in every(MemberPack.state)


def test_second_try_closes_the_first_page_before_it_opens_another(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    sell_starter(studio, member, gateway, clock)
    first = newest_session()
    sell_starter(studio, member, gateway, clock)
    second = newest_session()
    assert first != second
    assert gateway.retrieve_session(first).status == "expired"
    assert gateway.retrieve_session(second).status == "open"
    assert sorted(every(PaymentAttempt.state)) == ["action", "failed"]


def test_second_try_finds_that_the_first_was_paid_and_sells_nothing_twice(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    sell_starter(studio, member, gateway, clock)
    pay_at_stripe(stripe, newest_session())
    with pytest.raises(Refused) as refused:
        sell_starter(studio, member, gateway, clock)
    assert refused.value.code == "already_paid"
    assert len(every(Payment.id)) == len(every(Invoice.id)) == 1


def test_stranger_session_is_not_found(app: Flask, gateway: Gateway, clock: SimulatedClock) -> None:
    with pytest.raises(NotFound):
        hosted.finish("cs_test_of_somebody_else", gateway=gateway, now=clock.now())
