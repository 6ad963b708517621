"""A bank that only asks takes nothing: the card rests, and what it asks about can be refunded."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from billing.disputes import dispute_list, disputes
from billing.invariants.doctor_disputes import findings
from billing.models import Dispute, StripeCustomer
from billing.refunds.refund_terms import Terms
from config import clock as time_of
from config.db import db, run_txn
from tests.support.story import Person, Story
from tests.support.story_disputes import bank_decides, charges_of, look, the_dispute
from tests.support.story_facts import bills, booked, complaints, letters, plans, taken
from tests.support.story_refunds import granted, newest_invoice, send_all, sent_back, states, wish


def asked(story: Story, who: Person) -> str:
    """The bank of a person asks about their newest payment, and we learn of it."""
    given = {"charge": charges_of(who)[-1], "asks": True}
    inquiry_id = story.stripe.control("POST", "disputes", given)["id"]
    assert look(story, inquiry_id) == "inquiry"
    return inquiry_id


def refused_code() -> str | None:
    query = sa.select(StripeCustomer).execution_options(populate_existing=True)
    return db.session.scalars(query).one().card_refused_code


def sound(story: Story) -> list[str]:
    return complaints(story) + list(findings(story.gateway, asked_at=time_of.now()))


def test_an_inquiry_books_nothing_and_takes_nothing_but_the_card_rests(story: Story) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.go("2027-01-12 10:00")
    inquiry_id = asked(story, ana)
    assert look(story, inquiry_id) == "inquiry"
    assert booked(story, "disputed", "sea") == 0
    assert refused_code() == "inquiry"
    assert plans(ana)[0].status == "active"
    story.come(ana)
    assert letters(ana, "dispute_opened") == []
    (row,) = dispute_list.listed([story.place("sea").id])
    assert (row.state_text, row.is_waiting) == ("The bank asks", True)
    assert row.due_at is not None
    assert sound(story) == []


def test_a_renewal_during_an_inquiry_waits_and_is_paid_once_the_bank_asks_no_more(
    story: Story,
) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.go("2027-02-04 10:00")
    inquiry_id = asked(story, ana)
    story.live("2027-02-06 12:00")
    assert taken(story) == [8718]
    assert [bill.state for bill in bills(ana)] == ["paid", "open"]
    story.stripe.control("POST", f"disputes/{inquiry_id}/close", {"status": "warning_closed"})
    assert look(story, inquiry_id) == "closed"
    assert refused_code() is None
    assert (the_dispute(ana).state, the_dispute(ana).closed_on) == ("closed", date(2027, 2, 6))
    story.live("2027-02-06 13:00")
    assert taken(story) == [8718, 8718]
    assert [bill.state for bill in bills(ana)] == ["paid", "paid"]
    assert plans(ana)[0].status == "active"
    assert look(story, inquiry_id) == "closed"
    assert sound(story) == []


def test_what_a_bank_asks_about_is_refunded_and_the_inquiry_closes(story: Story) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "STARTER-3")
    inquiry_id = asked(story, ana)
    granted(story, wish(newest_invoice(ana), Terms("goodwill", "card", (), 2000)))
    send_all()
    assert states() == [("card", 2000, "succeeded")]
    assert sent_back(story) == [2000]
    bank_decides(story, inquiry_id, "warning_closed")
    assert look(story, inquiry_id) == "closed"
    assert sound(story) == []


def test_an_inquiry_that_becomes_a_dispute_is_that_dispute_over_what_was_not_refunded(
    story: Story,
) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    inquiry_id = asked(story, ana)
    granted(story, wish(newest_invoice(ana), Terms("goodwill", "card", (), 2000)))
    send_all()
    story.go("2027-01-12 10:00")
    story.stripe.control("POST", f"disputes/{inquiry_id}/escalate")
    assert look(story, inquiry_id) == "open"
    row = the_dispute(ana)
    assert (row.stripe_id, row.amount_cents, row.opened_on) == (
        inquiry_id, 8718 - 2000, date(2027, 1, 12),
    )  # fmt: skip
    assert booked(story, "disputed", "sea") == -(8718 - 2000)
    assert refused_code() == "disputed"
    assert plans(ana)[0].status == "locked"
    assert len(letters(ana, "dispute_opened")) == 1
    assert sound(story) == []
    bank_decides(story, inquiry_id, "lost")
    assert look(story, inquiry_id) == "lost"
    assert booked(story, "disputed", "sea") == 0
    assert sound(story) == []


def test_an_inquiry_seen_only_when_it_is_lost_is_taken_and_lost_at_once(story: Story) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    inquiry_id = asked(story, ana)
    story.stripe.control("POST", f"disputes/{inquiry_id}/escalate")
    bank_decides(story, inquiry_id, "lost")
    for _ in range(2):
        assert look(story, inquiry_id) == "lost"
    assert booked(story, "disputed", "sea") == 0
    assert plans(ana)[0].status == "ended"
    assert sound(story) == []


def test_an_inquiry_that_was_closed_before_we_heard_of_it_leaves_no_trace(story: Story) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    given = {"charge": charges_of(ana)[-1], "asks": True}
    inquiry_id = story.stripe.control("POST", "disputes", given)["id"]
    bank_decides(story, inquiry_id, "warning_closed")
    assert look(story, inquiry_id) == "closed"
    assert db.session.scalars(sa.select(Dispute)).all() == []
    assert refused_code() is None
    assert sound(story) == []


def test_a_card_that_is_disputed_stays_so_when_an_inquiry_about_another_payment_closes(
    story: Story,
) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    inquiry_id = asked(story, ana)
    run_txn(
        lambda: db.session.execute(sa.update(StripeCustomer).values(card_refused_code="disputed"))
    )
    bank_decides(story, inquiry_id, "warning_closed")
    assert look(story, inquiry_id) == "closed"
    assert refused_code() == "disputed"


def test_the_daily_look_finds_inquiries_without_a_letter(story: Story) -> None:
    story.go("2027-01-05 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.stripe.control("POST", "disputes", {"charge": charges_of(ana)[-1], "asks": True})
    now = int(time_of.now().timestamp())
    found = disputes.catch_up(
        since=now - 86400, until=now + 60, gateway=story.gateway, now=time_of.now()
    )
    assert found == {"inquiry": 1}
    assert the_dispute(ana).state == "inquiry"
