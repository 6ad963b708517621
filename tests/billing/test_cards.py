"""A new card, an open invoice and a bank that asks: the money is taken once, whoever is quicker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.cards import cards
from billing.gateway import Gateway
from billing.models import (
    CardSetup,
    Dunning,
    Invoice,
    Payment,
    PaymentAttempt,
    PaymentIntent,
    StripeCustomer,
)
from billing.payments import confirmations, hosted, open_invoices
from billing.payments.collect import collect_now
from billing.recovery import retries
from billing.rules.attempt import Verdict
from billing.runs import run
from config.clock import SimulatedClock
from config.db import db, run_txn
from config.errors import NotFound, Refused
from membership.models import Member, Membership
from stripe_sandbox.launch import Running
from tests.billing.price_list import Studio
from tests.billing.visitors import bought_online

RENEWAL = datetime(2027, 2, 4, 18, 0, tzinfo=UTC)


@pytest.fixture
def owing(
    studio: Studio, member: Member, gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> Callable[[str], UUID]:
    """A member whose renewal of 2027-02-04 came out as named; returns the open invoice."""

    def owes(outcome: str) -> UUID:
        bought_online(member, studio, gateway, clock, stripe)
        customer = db.session.scalars(sa.select(StripeCustomer.customer_id)).one()
        steps = [{"outcome": outcome, "times": 1}]
        stripe.control("POST", "scripts", {"customer": customer, "steps": steps})
        _until(RENEWAL, clock, stripe)
        run.bill(studio.sea, on=date(2027, 2, 4))
        db.session.expire_all()
        return db.session.scalars(sa.select(Invoice.id).where(Invoice.reason == "renewal")).one()

    return owes


def _until(instant: datetime, clock: SimulatedClock, stripe: Running) -> None:
    clock.set(instant)
    stripe.control("POST", "clock", {"now": instant.isoformat()})


def _new_card(
    member: Member, studio: Studio, gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> str:
    cards.update_url(member.id, location=studio.sea, gateway=gateway, now=clock.now())
    query = sa.select(CardSetup.session_id).order_by(CardSetup.id.desc()).limit(1)
    session_id = str(db.session.scalars(query).one())
    token = {"token": "pm_card_mastercard"}
    stripe.control("POST", f"checkout/{session_id}/complete_setup", token)
    return session_id


def _state(invoice_id: UUID) -> str:
    db.session.expire_all()
    return db.session.get_one(Invoice, invoice_id).state


def _attempts(invoice_id: UUID) -> list[str]:
    query = sa.select(PaymentAttempt.state).where(PaymentAttempt.invoice_id == invoice_id)
    return list(db.session.scalars(query.order_by(PaymentAttempt.n)))


def _payments(invoice_id: UUID) -> int:
    query = sa.select(sa.func.count()).where(Payment.invoice_id == invoice_id)
    return db.session.scalar(query) or 0


def _page_of(invoice_id: UUID) -> str:
    query = sa.select(PaymentIntent.session_id).where(
        PaymentIntent.invoice_id == invoice_id, PaymentIntent.state == "live"
    )
    return str(db.session.scalars(query).one())


def test_new_card_pays_what_is_open_at_once_and_drops_the_planned_tries(
    owing: Callable[[str], UUID],
    member: Member,
    studio: Studio,
    gateway: Gateway,
    clock: SimulatedClock,
    stripe: Running,
) -> None:
    invoice_id = owing("insufficient_funds")
    assert (_state(invoice_id), _attempts(invoice_id)) == ("open", ["failed"])
    session_id = _new_card(member, studio, gateway, clock, stripe)
    for _ in range(3):  # page return, webhook and webhook again
        assert cards.finish_setup(session_id, gateway=gateway, now=clock.now()) == member.id
    assert (_state(invoice_id), _attempts(invoice_id)) == ("paid", ["failed", "succeeded"])
    assert _payments(invoice_id) == 1
    dunning = db.session.get_one(Dunning, invoice_id)
    assert (dunning.state, dunning.next_try_on) == ("recovered", None)
    assert db.session.scalars(sa.select(StripeCustomer.card_brand)).one() == "mastercard"
    assert db.session.scalars(sa.select(Membership.status)).one() == "active"


def test_late_letter_about_an_older_card_brings_it_not_back(
    member: Member, studio: Studio, gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> None:
    older = _new_card(member, studio, gateway, clock, stripe)
    cards.finish_setup(older, gateway=gateway, now=clock.now())
    cards.update_url(member.id, location=studio.sea, gateway=gateway, now=clock.now())
    newer = str(
        db.session.scalars(sa.select(CardSetup.session_id).order_by(CardSetup.id.desc())).first()
    )
    stripe.control("POST", f"checkout/{newer}/complete_setup", {"token": "pm_card_visa"})
    cards.finish_setup(newer, gateway=gateway, now=clock.now())
    cards.finish_setup(older, gateway=gateway, now=clock.now())
    assert db.session.scalars(sa.select(StripeCustomer.card_brand)).one() == "visa"


def test_card_page_that_was_left_changes_nothing(
    member: Member, studio: Studio, gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> None:
    cards.update_url(member.id, location=studio.sea, gateway=gateway, now=clock.now())
    session_id = str(db.session.scalars(sa.select(CardSetup.session_id)).one())
    cards.finish_setup(session_id, gateway=gateway, now=clock.now())
    assert db.session.scalars(sa.select(CardSetup.state)).one() == "open"
    assert db.session.scalars(sa.select(StripeCustomer.payment_method_id)).one() is None


def test_foreign_session_is_no_card(app: Flask, gateway: Gateway, clock: SimulatedClock) -> None:
    with pytest.raises(NotFound):
        cards.finish_setup("cs_test_foreign", gateway=gateway, now=clock.now())


def test_open_invoice_is_paid_on_the_page_after_its_old_intent_is_canceled(
    owing: Callable[[str], UUID], gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> None:
    invoice_id = owing("insufficient_funds")
    old = db.session.scalars(
        sa.select(PaymentIntent.stripe_id).where(PaymentIntent.invoice_id == invoice_id)
    ).one()
    open_invoices.pay_page(invoice_id, gateway=gateway, now=clock.now())
    assert gateway.retrieve_intent(str(old)).status == "canceled"
    stripe.control("POST", f"checkout/{_page_of(invoice_id)}/pay", {"token": "pm_card_visa"})
    hosted.finish(_page_of(invoice_id), gateway=gateway, now=clock.now())
    assert (_state(invoice_id), _payments(invoice_id)) == ("paid", 1)
    assert db.session.get_one(Dunning, invoice_id).state == "recovered"


def test_second_tab_closes_the_first_page_of_an_open_invoice(
    owing: Callable[[str], UUID], gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> None:
    invoice_id = owing("insufficient_funds")
    open_invoices.pay_page(invoice_id, gateway=gateway, now=clock.now())
    first = _page_of(invoice_id)
    open_invoices.pay_page(invoice_id, gateway=gateway, now=clock.now())
    assert _page_of(invoice_id) != first
    assert gateway.retrieve_session(first).status == "expired"
    assert _attempts(invoice_id) == ["failed", "failed", "action"]


def test_first_tab_had_paid_when_the_second_asks(
    owing: Callable[[str], UUID], gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> None:
    invoice_id = owing("insufficient_funds")
    open_invoices.pay_page(invoice_id, gateway=gateway, now=clock.now())
    stripe.control("POST", f"checkout/{_page_of(invoice_id)}/pay", {"token": "pm_card_visa"})
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            open_invoices.pay_page(invoice_id, gateway=gateway, now=clock.now())
        assert refused.value.code == "already_paid"
    assert (_state(invoice_id), _payments(invoice_id)) == ("paid", 1)


def test_page_of_an_open_invoice_that_was_left_gives_the_planned_tries_back(
    owing: Callable[[str], UUID], gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> None:
    invoice_id = owing("insufficient_funds")
    open_invoices.pay_page(invoice_id, gateway=gateway, now=clock.now())
    page = _page_of(invoice_id)
    _until(datetime(2027, 2, 4, 20, 0, tzinfo=UTC), clock, stripe)
    assert hosted.finish(page, gateway=gateway, now=clock.now()).verdict == "expired"
    assert (_state(invoice_id), _attempts(invoice_id)) == ("open", ["failed", "failed"])
    assert db.session.get_one(Dunning, invoice_id).next_try_on == date(2027, 2, 6)


@pytest.mark.parametrize("state", ["ready", "sending"])
def test_worker_that_is_at_it_is_not_overtaken(
    owing: Callable[[str], UUID],
    gateway: Gateway,
    clock: SimulatedClock,
    state: str,
) -> None:
    invoice_id = owing("insufficient_funds")
    db.session.execute(
        sa.update(PaymentAttempt)
        .where(PaymentAttempt.invoice_id == invoice_id)
        .values(state=state, lease_until_ms=2**50)
    )
    db.session.commit()
    with pytest.raises(Refused) as refused:
        open_invoices.pay_page(invoice_id, gateway=gateway, now=clock.now())
    assert refused.value.code == "payment_running"


def test_bank_asks_the_member_who_confirms_the_same_intent(
    owing: Callable[[str], UUID], gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> None:
    invoice_id = owing("authentication_required")
    assert _attempts(invoice_id) == ["action"]
    asked = confirmations.asked(invoice_id)
    assert asked is not None
    customer = db.session.scalars(sa.select(StripeCustomer.customer_id)).one()
    steps = [{"outcome": "authentication_required", "times": 1}]
    stripe.control("POST", "scripts", {"customer": customer, "steps": steps})
    bank = confirmations.begin(invoice_id, gateway=gateway, now=clock.now())
    assert bank is not None
    assert confirmations.begin(invoice_id, gateway=gateway, now=clock.now()) == bank
    answer = {"result": "complete"}
    stripe.control("POST", f"payment_intents/{asked.stripe_id}/authenticate", answer)
    verdict = confirmations.look(invoice_id, gateway=gateway, now=clock.now())
    assert verdict is Verdict.SUCCEEDED
    assert (_state(invoice_id), _payments(invoice_id)) == ("paid", 1)
    assert confirmations.look(invoice_id, gateway=gateway, now=clock.now()) is None


def test_nothing_is_asked_where_nothing_waits(
    owing: Callable[[str], UUID], gateway: Gateway, clock: SimulatedClock
) -> None:
    invoice_id = owing("insufficient_funds")
    with pytest.raises(Refused):
        confirmations.begin(invoice_id, gateway=gateway, now=clock.now())


def test_member_who_fails_at_the_banks_page_twice_is_asked_a_third_time_and_pays_once(
    owing: Callable[[str], UUID], gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> None:
    invoice_id = owing("authentication_required")
    asked = confirmations.asked(invoice_id)
    assert asked is not None
    customer = db.session.scalars(sa.select(StripeCustomer.customer_id)).one()
    steps = [{"outcome": "authentication_required"}]
    stripe.control("POST", "scripts", {"customer": customer, "steps": steps})
    for minute, result in enumerate(("fail", "fail", "complete"), start=1):
        _until(RENEWAL + timedelta(minutes=minute), clock, stripe)
        assert confirmations.begin(invoice_id, gateway=gateway, now=clock.now()) is not None
        assert gateway.retrieve_intent(asked.stripe_id).status == "requires_action"
        path = f"payment_intents/{asked.stripe_id}/authenticate"
        stripe.control("POST", path, {"result": result})
        confirmations.look(invoice_id, gateway=gateway, now=clock.now())
    assert (_state(invoice_id), _payments(invoice_id)) == ("paid", 1)
    assert db.session.get_one(Dunning, invoice_id).recovered_by == "link"


def test_card_that_was_refused_for_good_is_not_asked_again_by_any_button(
    owing: Callable[[str], UUID], gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> None:
    invoice_id = owing("stolen_card")
    before = stripe.control("GET", "stats")["objects"]["charge"]
    now = clock.now()
    assert not run_txn(lambda: retries.open_try(invoice_id, not_before=now, now=now))
    assert collect_now(invoice_id) is None
    assert stripe.control("GET", "stats")["objects"]["charge"] == before
    assert _attempts(invoice_id) == ["failed"]
