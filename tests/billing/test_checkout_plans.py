"""A plan on the hosted page: begun once it is paid, and its card kept with a consent."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from billing.gateway import Gateway
from billing.models import Invoice, Payment, StripeCustomer
from billing.payments import hosted
from billing.runs import run
from billing.sales import sales
from config.clock import SimulatedClock
from config.db import db, transaction
from membership.models import CreditGrant, Member, Membership
from stripe_sandbox.launch import Running
from tests.billing.card_page import every, newest_session, pay_at_stripe, sell_monthly, sell_starter
from tests.billing.price_list import Studio, agree


def test_card_is_kept_with_a_consent_and_not_without(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    sell_starter(studio, member, gateway, clock)
    pay_at_stripe(stripe, newest_session())
    hosted.finish(newest_session(), gateway=gateway, now=clock.now())
    assert every(StripeCustomer.payment_method_id) == [None]

    sell_monthly(studio, member, gateway, clock)
    pay_at_stripe(stripe, newest_session())
    hosted.finish(newest_session(), gateway=gateway, now=clock.now())
    assert db.session.scalars(sa.select(StripeCustomer.card_last4)).one() == "4242"


def test_plan_bought_online_is_active_with_its_first_credits_once_paid(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    consent_id = sell_monthly(studio, member, gateway, clock)
    assert db.session.scalars(sa.select(Membership.status)).one() == "pending"
    pay_at_stripe(stripe, newest_session())
    hosted.finish(newest_session(), gateway=gateway, now=clock.now())
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
    pay_at_stripe(stripe, newest_session())
    hosted.finish(newest_session(), gateway=gateway, now=clock.now())
    assert db.session.scalars(sa.select(StripeCustomer.card_last4)).one() == "4242"


def test_billing_run_leaves_a_plan_alone_that_is_on_the_card_page(
    studio: Studio, member: Member, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> None:
    sell_monthly(studio, member, gateway, clock)
    session_id = newest_session()
    clock.advance(timedelta(hours=1))
    assert run.bill(studio.sea, on=date(2027, 1, 4)).issued == 0
    pay_at_stripe(stripe, session_id)
    hosted.finish(session_id, gateway=gateway, now=clock.now())
    assert len(every(Payment.id)) == len(every(Invoice.id)) == 1
