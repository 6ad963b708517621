"""From starter to maintenance, told as the studios tell it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from config import mail_delivery, outbox
from config.audit import SYSTEM
from config.db import db, transaction
from config.errors import NotFound, Refused
from membership import jobs
from membership.agreements import consents
from membership.endings import endings
from membership.journey import conversions
from membership.models import CreditEntry, Membership, Notice
from membership.plans import membership_rows, memberships
from membership.visits import undoing
from tests.membership.plans import (
    agree,
    bill,
    complaints,
    consent_now,
    live,
    live_through,
    mails,
    plan_now,
    work,
)
from tests.membership.shop import Shop, booked, buy, come, grant_now, join, minutes, noon, open_shop

SEVENTEEN = 17  # 17:00 UTC is nine in the morning in Seattle
JAN = {day: date(2027, 1, day) for day in range(1, 32)}


def with_consent(app: Flask) -> tuple[Shop, UUID, UUID, UUID]:
    """STARTER-3 bought in Seattle on January 4th, with the box ticked for MAINT-2."""
    shop = open_shop()
    ada = join(shop.seattle)
    pack = buy(ada, shop.starter, shop.seattle, noon(1, 4))
    return shop, ada, pack, agree(ada, shop.maint_2, shop.seattle, pack, shop.starter)


def started(member_id: UUID) -> list[Membership]:
    query = sa.select(Membership).where(Membership.member_id == member_id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def told(kind: str) -> list[Notice]:
    query = sa.select(Notice).where(Notice.kind == kind, Notice.state != "dropped")
    query = query.order_by(Notice.about_on).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def test_starter_used_up_on_the_8th_is_told_on_the_7th_and_becomes_a_plan_on_the_14th(
    app: Flask,
) -> None:
    shop, ada, _, consent = with_consent(app)
    for day in range(4, 9):
        if day in (4, 6, 8):
            come(ada, shop.seattle, noon(1, day))
            assert booked("earned_sessions", shop.seattle, on=JAN[day]) == 3300
        work(shop.seattle, JAN[day], noon(1, day) + minutes(1))
    work(shop.seattle, JAN[13], noon(1, 13))
    assert started(ada) == []
    (notice,) = told("conversion")
    assert notice.leaves_at.isoformat() == "2027-01-07T16:00:00+00:00"
    assert notice.about_on == JAN[14]
    (mail,) = mails("notice_conversion")
    assert mail.to_address == "ada@example.com"
    assert mail.context["total"] == "$79.00"

    early = datetime.fromisoformat("2027-01-14T16:59:00+00:00")
    work(shop.seattle, JAN[14], early)
    assert started(ada) == []
    work(shop.seattle, JAN[14], early + minutes(1))
    work(shop.seattle, JAN[15], noon(1, 15))
    (plan,) = started(ada)
    assert (plan.status, plan.anchor, plan.anchor_day) == ("pending", JAN[14], 14)
    assert plan.consent_id == consent
    assert consent_now(consent).state == "used"
    (due,) = bill(shop.seattle, JAN[14]).dues
    assert (due.reason, due.price_cents, due.consent_id) == ("first_period", 7900, consent)
    assert complaints() == []


def test_without_a_consent_nothing_is_charged_and_one_offer_is_made(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    come(ada, shop.seattle, noon(1, 4))
    live_through(shop.seattle, JAN[5], JAN[25])
    assert started(ada) == []
    assert conversions.phase(ada, on=JAN[14]) == "none"
    assert len(mails("notice_plan_offer")) == 1
    assert mails("notice_conversion") == []


def test_a_starter_never_opened_lets_its_consent_lapse(app: Flask) -> None:
    shop, ada, _, consent = with_consent(app)
    live_through(shop.seattle, JAN[5], JAN[18])
    assert consent_now(consent).state == "given"
    live_through(shop.seattle, JAN[19], JAN[25])
    assert consent_now(consent).state == "lapsed"
    assert started(ada) == []
    assert mails("notice_conversion") == mails("notice_plan_offer") == []


def test_one_session_then_none_warns_on_the_11th_and_13th_and_expires_two_once(
    app: Flask,
) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    pack = buy(ada, shop.starter, shop.seattle, noon(1, 4))
    come(ada, shop.seattle, noon(1, 4))
    live_through(shop.seattle, JAN[5], JAN[13])
    sent = [notice.sent_at for kind in ("window_3", "window_1") for notice in told(kind)]
    assert [at.date() for at in sent if at] == [JAN[11], JAN[13]]
    midnight = datetime.fromisoformat("2027-01-14T08:00:00+00:00")
    work(shop.seattle, JAN[14], midnight)
    work(shop.seattle, JAN[14], midnight + minutes(1))
    expired = sa.select(CreditEntry.quantity, CreditEntry.value_cents).where(
        CreditEntry.grant_id == grant_now(pack).id, CreditEntry.kind == "expire"
    )
    assert db.session.execute(expired).all() == [(-2, -6600)]
    assert booked("expired_refundable", shop.seattle, on=JAN[14]) == 6600


def test_a_consent_withdrawn_before_the_day_is_never_charged(app: Flask) -> None:
    shop, ada, _, consent = with_consent(app)
    come(ada, shop.seattle, noon(1, 4))
    live_through(shop.seattle, JAN[5], JAN[12])
    with transaction():
        consents.withdraw(consent, member_id=ada, by=SYSTEM, now=noon(1, 13))
        consents.withdraw(consent, member_id=ada, by=SYSTEM, now=noon(1, 13))
    live_through(shop.seattle, JAN[13], JAN[20])
    assert started(ada) == []
    assert consent_now(consent).state == "withdrawn"
    assert mails("notice_plan_offer") == []


def test_a_clock_that_stood_still_sends_late_and_moves_the_charge_by_seven_days(
    app: Flask,
) -> None:
    shop, ada, _, _ = with_consent(app)
    come(ada, shop.seattle, noon(1, 4))
    work(shop.seattle, JAN[5], noon(1, 5))
    for day in (6, 7, 8, 9):  # caught up on the 9th, oldest day first
        jobs.work(shop.seattle, on=JAN[day], now=noon(1, 9))
    mail_delivery.deliver_due(noon(1, 9))
    (mail,) = mails("notice_conversion")
    assert mail.context["about_on"] == "January 16, 2027"
    live_through(shop.seattle, JAN[10], JAN[15])
    assert started(ada) == []
    live_through(shop.seattle, JAN[16], JAN[17])
    (plan,) = started(ada)
    assert plan.anchor == JAN[16]
    assert complaints() == []


def test_a_notice_that_came_back_is_no_notice(app: Flask) -> None:
    shop, ada, _, _ = with_consent(app)
    come(ada, shop.seattle, noon(1, 4))
    live_through(shop.seattle, JAN[5], JAN[9])
    (notice,) = told("conversion")
    assert notice.state == "delivered"
    assert notice.outbox_key is not None
    with transaction():
        assert outbox.bounce(notice.outbox_key, reason="no such mailbox")
    live_through(shop.seattle, JAN[10], JAN[25])
    assert told("conversion")[0].state == "failed"
    assert started(ada) == []


def test_who_is_a_member_by_then_is_not_converted_and_not_asked_again(app: Flask) -> None:
    shop, ada, _, consent = with_consent(app)
    come(ada, shop.seattle, noon(1, 4))
    live_through(shop.seattle, JAN[5], JAN[9])
    own = live(ada, shop.unlimited, shop.seattle, JAN[10])
    live_through(shop.seattle, JAN[10], JAN[20])
    assert [plan.id for plan in started(ada)] == [own]
    assert consent_now(consent).state == "lapsed"


def test_a_plan_left_unpaid_at_the_till_does_not_cost_the_member_their_conversion(
    app: Flask,
) -> None:
    shop, ada, _, consent = with_consent(app)
    come(ada, shop.seattle, noon(1, 4))
    live_through(shop.seattle, JAN[5], JAN[12])
    with transaction():
        at_the_till = memberships.start(
            member_id=ada,
            plan_version_id=shop.unlimited,
            location_id=shop.seattle,
            consent_id=None,
            on=JAN[13],
            now=noon(1, 13),
        )
    live_through(shop.seattle, JAN[13], JAN[14])
    assert consent_now(consent).state == "given"
    with transaction():
        endings.abandon(at_the_till.id, on=JAN[15], now=noon(1, 15))
    live_through(shop.seattle, JAN[15], JAN[15])
    assert [plan.anchor for plan in started(ada) if plan.status == "pending"] == [JAN[15]]


def test_a_first_session_taken_back_drops_the_letter_and_the_next_one_plans_another(
    app: Flask,
) -> None:
    shop, ada, _, _ = with_consent(app)
    visit = come(ada, shop.seattle, noon(1, 4))
    jobs.work(shop.seattle, on=JAN[4], now=noon(1, 4) + minutes(1))
    assert [notice.about_on for notice in told("conversion")] == [JAN[14]]
    with transaction():
        undoing.undo(visit.id, by_account_id=None, now=noon(1, 4) + minutes(5))
    jobs.work(shop.seattle, on=JAN[4], now=noon(1, 4) + minutes(6))
    assert told("conversion") == []
    come(ada, shop.seattle, noon(1, 4) + minutes(9))
    jobs.work(shop.seattle, on=JAN[4], now=noon(1, 4) + minutes(10))
    assert [notice.about_on for notice in told("conversion")] == [JAN[14]]


def test_an_extension_moves_the_plan_to_its_expiry_with_a_letter_of_its_own(app: Flask) -> None:
    shop, ada, _, _ = with_consent(app)
    for day in (4, 6, 8):
        come(ada, shop.seattle, noon(1, day))
        live_through(shop.seattle, JAN[day], JAN[day + 1])
    buy(ada, shop.extension, shop.seattle, noon(1, 10))
    come(ada, shop.seattle, noon(1, 10))
    live_through(shop.seattle, JAN[10], JAN[19])
    assert conversions.phase(ada, on=JAN[19]) == "intensive"
    assert started(ada) == []
    assert [notice.about_on for notice in told("conversion")] == [JAN[14], JAN[20]]
    live_through(shop.seattle, JAN[20], JAN[20])
    assert [plan.anchor for plan in started(ada)] == [JAN[20]]


def test_a_consent_keeps_the_words_that_were_shown_and_refuses_others(app: Flask) -> None:
    shop, ada, pack, consent = with_consent(app)
    kept = consent_now(consent)
    assert "$79.00" in kept.text
    assert "10 days after my first session" in kept.text
    assert (kept.price_cents, kept.tax_cents, kept.text_version) == (7900, 0, "plan-2027-2")
    other = buy(join(shop.seattle, "Bob M"), shop.starter, shop.seattle, noon(1, 4))
    with pytest.raises(Refused) as refusal, transaction():
        _give(shop, ada, pack, kept.text.replace("$79.00", "$7.90"))
    assert refusal.value.code == "terms_changed"
    with pytest.raises(NotFound), transaction():
        _give(shop, ada, other, kept.text)


def test_a_used_consent_is_taken_back_by_cancelling_the_plan(app: Flask) -> None:
    shop, ada, _, consent = with_consent(app)
    come(ada, shop.seattle, noon(1, 4))
    live_through(shop.seattle, JAN[5], JAN[14])
    with pytest.raises(Refused) as refusal, transaction():
        consents.withdraw(consent, member_id=ada, by=SYSTEM, now=noon(1, 15))
    assert refusal.value.code == "consent_used"
    plan = membership_rows.live_for(ada)
    assert plan is not None
    assert plan_now(plan.id).status == "pending"


def test_nobody_takes_back_the_consent_of_somebody_else(app: Flask) -> None:
    shop, _, _, consent = with_consent(app)
    bob = join(shop.seattle, "Bob M")
    with pytest.raises(NotFound), transaction():
        consents.withdraw(consent, member_id=bob, by=SYSTEM, now=noon(1, 5))


def _give(shop: Shop, member_id: UUID, pack_id: UUID, text: str) -> None:
    consents.give(
        member_id=member_id,
        plan_version_id=shop.maint_2,
        location_id=shop.seattle,
        tax_cents=0,
        text=text,
        text_version="plan-2027-2",
        member_pack_id=pack_id,
        now=noon(1, 4),
        by_account_id=None,
        address="203.0.113.7",
        agent="a browser",
    )
