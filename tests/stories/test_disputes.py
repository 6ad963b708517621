"""Disputes: a cardholder takes the money back, and a bank decides. Told with dates and cents."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from billing.disputes import disputes
from billing.leaving import exits
from billing.models import Payment, StripeCustomer
from config.audit import SYSTEM
from config.db import db
from config.errors import Refused
from membership.models import Charge
from tests.support.story import Story
from tests.support.story_disputes import (
    charges_of,
    decided,
    disputes_at_bank,
    look,
    opened,
    the_dispute,
)
from tests.support.story_facts import (
    bills,
    booked,
    complaints,
    letters,
    movements,
    pack,
    plans,
    taken,
    the_consent,
)

JAN_12 = date(2027, 1, 12)


def refused(story: Story, who: object) -> str:
    with pytest.raises(Refused) as refusal:
        story.come(who)  # type: ignore[arg-type]
    return refusal.value.code


def test_plan_disputed_on_january_12_rests_at_the_desk_until_the_bank_decides_for_the_studio(
    story: Story,
) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.come(ana)
    story.go("2027-01-12 10:00")
    dispute_id = opened(story, ana)
    (plan,) = plans(ana)
    assert (plan.status, plan.disputed_on) == ("locked", JAN_12)
    assert refused(story, ana) == "disputed"
    assert (booked(story, "disputed", "sea"), booked(story, "stripe_clearing", "sea")) == (-8718, 0)
    assert len(letters(ana, "dispute_opened")) == 1
    assert complaints(story) == []

    story.go("2027-01-20 10:00")
    decided(story, dispute_id, "won")
    (plan,) = plans(ana)
    assert (plan.status, plan.disputed_on) == ("active", None)
    story.come(ana)
    assert (booked(story, "disputed", "sea"), booked(story, "stripe_clearing", "sea")) == (0, -8718)
    assert (the_dispute(ana).state, the_dispute(ana).closed_on) == ("won", date(2027, 1, 20))
    assert complaints(story) == []


def test_after_a_won_dispute_the_old_card_is_not_charged_and_a_new_one_is(story: Story) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.go("2027-01-12 10:00")
    decided(story, opened(story, ana), "won")
    story.live("2027-02-06 12:00")
    assert taken(story) == [8718]
    assert [bill.state for bill in bills(ana)] == ["paid", "open"]
    assert plans(ana)[0].status == "grace"
    code = db.session.scalars(sa.select(StripeCustomer.card_refused_code)).one()
    assert code == "disputed"
    story.live("2027-02-20 12:00")
    assert taken(story) == [8718], "no retry ever reached the card"
    assert complaints(story) == []


@pytest.mark.parametrize(("slug", "cents"), [("sea", 8718), ("phx", 7900)])
def test_plan_whose_dispute_is_lost_ends_and_its_unspent_session_is_revoked(
    story: Story, slug: str, cents: int
) -> None:
    story.go("2027-01-05 10:00", slug)
    ana = story.join("Ana Mora", "MAINT-2", at=slug)
    story.come(ana)
    story.go("2027-01-12 10:00", slug)
    dispute_id = opened(story, ana)
    story.go("2027-01-20 10:00", slug)
    decided(story, dispute_id, "lost")
    (plan,) = plans(ana)
    assert (plan.status, plan.ended_on, plan.end_reason) == (
        "ended", date(2027, 1, 20), "disputed",
    )  # fmt: skip
    assert movements(ana, "void") == [(date(2027, 1, 20), -1, -3950)]
    assert booked(story, "deferred_sessions", slug) == 0
    assert booked(story, "dispute_losses", slug) == -(cents - 3950)
    assert (booked(story, "disputed", slug), booked(story, "stripe_clearing", slug)) == (0, 0)
    assert refused(story, ana) == "nothing_held"
    story.live("2027-03-10 12:00", slug)
    assert taken(story) == [cents]
    assert len(bills(ana)) == 1
    assert complaints(story) == []


def test_unlimited_plan_lost_on_day_15_has_earned_fourteen_days_and_no_more(story: Story) -> None:
    story.go("2027-02-01 10:00")
    ana = story.join("Ana Mora", "UNLIMITED")
    story.live("2027-02-15 10:00")
    decided(story, opened(story, ana), "lost")
    assert booked(story, "earned_time", "sea") == 9300  # 14 of 28 days of 18600
    assert booked(story, "deferred_time", "sea") == 0
    assert booked(story, "dispute_losses", "sea") == -(20525 - 9300)
    assert complaints(story) == []


def test_starter_used_once_and_lost_gives_up_two_sessions_and_no_plan_follows(
    story: Story,
) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2")
    story.come(ana)
    story.go("2027-01-07 10:00")
    dispute_id = opened(story, ana)
    assert refused(story, ana) == "disputed"
    assert the_consent(ana).state == "lapsed"
    assert pack(ana).state == "open"
    decided(story, dispute_id, "lost")
    assert pack(ana).state == "cancelled"
    assert movements(ana, "void") == [(date(2027, 1, 7), -2, -6600)]
    assert booked(story, "dispute_losses", "sea") == -(10925 - 6600)
    story.live("2027-02-01 12:00")
    assert (taken(story), plans(ana)) == ([10925], [])
    assert complaints(story) == []


def test_pack_won_back_lets_its_member_in_again_within_its_window(story: Story) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "STARTER-3")
    story.come(ana)
    story.go("2027-01-07 10:00")
    decided(story, opened(story, ana), "won")
    assert pack(ana).disputed_on is None
    story.come(ana)
    assert complaints(story) == []


def test_plan_disputed_to_the_end_of_its_period_ends_without_a_refund_or_a_renewal(
    story: Story,
) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.go("2027-01-12 10:00")
    dispute_id = opened(story, ana)
    story.live("2027-02-08 12:00")
    (plan,) = plans(ana)
    assert (plan.status, plan.end_reason) == ("ended", "disputed")
    assert len(bills(ana)) == 1
    assert db.session.scalars(sa.select(Charge)).all() == []
    decided(story, dispute_id, "lost")
    assert complaints(story) == []


def test_refund_promised_before_the_dispute_is_kept_by_it_and_never_paid_twice(
    story: Story,
) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "STARTER-3")
    story.come(ana)
    story.go("2027-01-12 10:00")
    quote = exits.leave_pack(pack(ana).id, "refund_unused", on=JAN_12, by=SYSTEM)
    assert booked(story, "refunds_due", "sea") == quote.refund_cents
    dispute_id = opened(story, ana)
    payment = db.session.scalars(sa.select(Payment)).one()
    with pytest.raises(Refused) as refusal:
        disputes.refuse_if_disputed(payment.id)
    assert refusal.value.code == "disputed"
    decided(story, dispute_id, "lost")
    assert booked(story, "refunds_due", "sea") == 0
    assert booked(story, "dispute_losses", "sea") == -(10925 - quote.refund_cents)
    assert db.session.scalars(sa.select(Charge.state)).one() == "settled"
    assert complaints(story) == []


def test_refund_after_a_won_dispute_is_not_refused(story: Story) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "STARTER-3")
    decided(story, opened(story, ana), "won")
    disputes.refuse_if_disputed(db.session.scalars(sa.select(Payment.id)).one())


def test_first_of_two_payments_disputed_and_lost_revokes_nothing_of_the_second(
    story: Story,
) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    story.live("2027-02-06 10:00")
    first, second = charges_of(ana)
    assert first != second
    dispute_id = disputes_at_bank(story, first)
    assert look(story, dispute_id) == "open"
    assert plans(ana)[0].status == "locked"
    decided(story, dispute_id, "lost")
    assert plans(ana)[0].status == "ended"
    assert complaints(story) == []
