"""Buying and paying on the hosted page: one payable page at a time, each outcome written once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from billing import checkout, hosted, janitor, run, sales
from billing.gateway import Gateway
from billing.models import Invoice, Payment, PaymentAttempt, PaymentIntent, StripeCustomer
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db, transaction
from config.errors import NotFound, Refused, Unavailable
from membership.models import CreditGrant, Member, MemberPack, Membership
from stripe_sandbox.launch import ControlRefusedError, Running
from tests.billing.conftest import Studio, agree


def _sell(studio: Studio, member: Member, gateway: Gateway, clock: SimulatedClock) -> str:
    return checkout.sell_pack(
        member_id=member.id,
        pack_version_id=studio.starter,
        location_id=studio.sea.id,
        gateway=gateway,
        now=clock.now(),
    )


def _session() -> str:
    query = sa.select(PaymentIntent.session_id).order_by(PaymentIntent.id.desc()).limit(1)
    found = db.session.scalars(query).one()
    assert found is not None
    return found


def _pay(stripe: Running, session_id: str, card: str = "pm_card_visa") -> None:
    stripe.control("POST", f"checkout/{session_id}/pay", {"token": card})


def _all(column: sa.orm.InstrumentedAttribute) -> list:
    return list(db.session.scalars(sa.select(column).order_by(column)))


def test_paid_starter_is_numbered_booked_and_granted_at_once(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    url = _sell(studio, member, gateway, clock)
    assert url.startswith(stripe.url)
    draft = db.session.scalars(sa.select(Invoice)).one()
    assert (draft.state, draft.number, draft.total_cents) == ("draft", None, 10925)
    assert _all(CreditGrant.id) == []

    _pay(stripe, _session())
    found = hosted.finish(_session(), gateway=gateway, now=clock.now())

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
    _sell(studio, member, gateway, clock)
    _pay(stripe, _session())
    for _ in range(3):
        assert hosted.finish(_session(), gateway=gateway, now=clock.now()).verdict == "paid"
    assert len(_all(Payment.id)) == len(_all(CreditGrant.id)) == 1


def test_declined_card_leaves_the_page_open_for_another(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    _sell(studio, member, gateway, clock)
    with pytest.raises(ControlRefusedError):
        _pay(stripe, _session(), "pm_card_visa_chargeDeclined")
    assert hosted.finish(_session(), gateway=gateway, now=clock.now()).verdict == "waiting"
    _pay(stripe, _session())
    assert hosted.finish(_session(), gateway=gateway, now=clock.now()).verdict == "paid"


def test_expired_page_leaves_no_number_no_credits_and_no_waiting_pack(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    _sell(studio, member, gateway, clock)
    clock.advance(timedelta(hours=1))
    stripe.control("POST", "clock", {"now": clock.now().isoformat()})
    assert hosted.finish(_session(), gateway=gateway, now=clock.now()).verdict == "expired"
    assert db.session.scalars(sa.select(PaymentAttempt.state)).one() == "failed"
    assert db.session.scalars(sa.select(Invoice.number)).one() is None
    assert _all(CreditGrant.id) == []
    assert "draft" not in _all(MemberPack.state)


def test_second_try_closes_the_first_page_before_it_opens_another(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    _sell(studio, member, gateway, clock)
    first = _session()
    _sell(studio, member, gateway, clock)
    second = _session()
    assert first != second
    assert gateway.retrieve_session(first).status == "expired"
    assert gateway.retrieve_session(second).status == "open"
    assert sorted(_all(PaymentAttempt.state)) == ["action", "failed"]


def test_second_try_finds_that_the_first_was_paid_and_sells_nothing_twice(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    _sell(studio, member, gateway, clock)
    _pay(stripe, _session())
    with pytest.raises(Refused) as refused:
        _sell(studio, member, gateway, clock)
    assert refused.value.code == "already_paid"
    assert len(_all(Payment.id)) == len(_all(Invoice.id)) == 1


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
        _sell(studio, member, gateway, clock)
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
        _sell(studio, member, gateway, clock)
    stripe.control("DELETE", "faults")
    _sell(studio, member, gateway, clock)
    assert sorted(_all(PaymentAttempt.state)) == ["action", "failed"]
    given_up = db.session.scalars(
        sa.select(PaymentAttempt.id).where(PaymentAttempt.state == "failed")
    ).one()
    with pytest.raises(Unavailable):  # an answer that comes late is shown to nobody
        hosted.open_page(given_up, gateway=gateway, now=clock.now())
    _pay(stripe, _session())
    assert hosted.finish(_session(), gateway=gateway, now=clock.now()).verdict == "paid"
    assert len(_all(Payment.id)) == 1


def test_card_is_kept_with_a_consent_and_not_without(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    _sell(studio, member, gateway, clock)
    _pay(stripe, _session())
    hosted.finish(_session(), gateway=gateway, now=clock.now())
    assert _all(StripeCustomer.payment_method_id) == [None]

    with transaction():
        consent_id = agree(member, studio, studio.monthly)
    checkout.sell_plan(
        member_id=member.id,
        plan_version_id=studio.monthly,
        location_id=studio.sea.id,
        consent_id=consent_id,
        gateway=gateway,
        now=clock.now(),
    )
    _pay(stripe, _session())
    hosted.finish(_session(), gateway=gateway, now=clock.now())
    assert db.session.scalars(sa.select(StripeCustomer.card_last4)).one() == "4242"


def test_plan_bought_online_is_active_with_its_first_credits_once_paid(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    with transaction():
        consent_id = agree(member, studio, studio.monthly)
    checkout.sell_plan(
        member_id=member.id,
        plan_version_id=studio.monthly,
        location_id=studio.sea.id,
        consent_id=consent_id,
        gateway=gateway,
        now=clock.now(),
    )
    assert db.session.scalars(sa.select(Membership.status)).one() == "pending"
    _pay(stripe, _session())
    hosted.finish(_session(), gateway=gateway, now=clock.now())
    db.session.expire_all()
    held = db.session.scalars(sa.select(Membership)).one()
    assert (held.status, held.next_n, held.anchor_day) == ("active", 1, 4)
    invoice = db.session.scalars(sa.select(Invoice)).one()
    assert (invoice.reason, invoice.total_cents, invoice.consent_id) == (
        "first_period",
        8718,
        consent_id,
    )
    assert db.session.scalars(sa.select(CreditGrant.quantity)).one() == 2


def test_starter_with_a_consent_keeps_the_card_for_its_conversion(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    with transaction():
        placed = sales.place_pack(
            member_id=member.id,
            pack_version_id=studio.starter,
            location_id=studio.sea.id,
            now=clock.now(),
        )
        agree(member, studio, studio.monthly, placed.source_id)
    hosted.open_page(placed.attempt_id, gateway=gateway, now=clock.now())
    _pay(stripe, _session())
    hosted.finish(_session(), gateway=gateway, now=clock.now())
    assert db.session.scalars(sa.select(StripeCustomer.card_last4)).one() == "4242"


def test_stranger_session_is_not_found(app: Flask, gateway: Gateway, clock: SimulatedClock) -> None:
    with pytest.raises(NotFound):
        hosted.finish("cs_test_of_somebody_else", gateway=gateway, now=clock.now())


def test_wrong_object_settles_nothing(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    _sell(studio, member, gateway, clock)
    _pay(stripe, _session())
    fault = {"endpoint": "checkout.sessions.retrieve", "kind": "wrong_object", "times": 1}
    stripe.control("POST", "faults", fault)
    with pytest.raises(hosted.OutcomeUnknown):
        hosted.finish(_session(), gateway=gateway, now=clock.now())
    assert _all(Payment.id) == []
    assert hosted.finish(_session(), gateway=gateway, now=clock.now()).verdict == "paid"


def test_billing_run_leaves_a_plan_alone_that_is_on_the_card_page(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    with transaction():
        consent_id = agree(member, studio, studio.monthly)
    checkout.sell_plan(
        member_id=member.id,
        plan_version_id=studio.monthly,
        location_id=studio.sea.id,
        consent_id=consent_id,
        gateway=gateway,
        now=clock.now(),
    )
    session_id = _session()
    clock.advance(timedelta(hours=1))
    assert run.bill(studio.sea, on=date(2027, 1, 4)).issued == 0
    _pay(stripe, session_id)
    hosted.finish(session_id, gateway=gateway, now=clock.now())
    assert len(_all(Payment.id)) == len(_all(Invoice.id)) == 1


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
        _sell(studio, member, gateway, clock)
    stripe.control("DELETE", "faults")
    leases.advance(3_600_000)
    janitor.look()
    assert _all(PaymentAttempt.state) == ["action"]
    clock.advance(timedelta(hours=1))
    stripe.control("POST", "clock", {"now": clock.now().isoformat()})
    leases.advance(3_600_000)
    janitor.look()
    assert _all(PaymentAttempt.state) == ["failed"]
    _sell(studio, member, gateway, clock)
    _pay(stripe, _session())
    leases.advance(3_600_000)
    janitor.look()
    assert sorted(_all(PaymentAttempt.state)) == ["failed", "succeeded"]
