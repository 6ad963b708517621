"""A new card while the worker of June 6th is at it: one charge, whoever is quicker."""

from __future__ import annotations

import threading
from datetime import date

import sqlalchemy as sa

from billing import day
from billing.models import Payment, PaymentAttempt
from billing.payments import collect
from config.db import db, run_txn
from tests.stories.test_07_race import at_once
from tests.stories.test_10_declined import comes_back, new_card, recovery, with_a_plan
from tests.support.story import Person, Story
from tests.support.story_facts import complaints, taken

JUNE_6 = date(2027, 6, 6)


def short_in_june(story: Story, *, times: int) -> Person:
    """Somebody whose card has had too little on it as often, on the morning of June 6th."""
    ida = with_a_plan(story, "MAINT-2", "2027-05-01 10:00", at="tac")
    story.live("2027-05-31 21:00", "tac")
    story.bank_says(ida, {"outcome": "insufficient_funds", "times": times})
    story.live("2027-06-05 20:10", "tac")
    return ida


def test_a_new_card_and_the_planned_try_at_once_charge_once(story: Story) -> None:
    ida = short_in_june(story, times=2)
    page = new_card(story, ida)
    story.go("2027-06-06 09:00", "tac")
    at_once(
        story,
        lambda: day.work(story.place("tac").id),
        lambda: comes_back(story, page),
        collect.collect_ready,
    )
    db.session.rollback()
    assert taken(story) == [8714, 8714]
    assert db.session.scalar(sa.select(sa.func.count(Payment.id))) == 2
    assert (recovery(ida).state, recovery(ida).next_try_on) == ("recovered", None)
    story.live("2027-06-30 22:00", "tac")
    assert taken(story) == [8714, 8714]
    assert complaints(story) == []


def test_a_try_with_the_old_card_that_was_under_way_is_followed_by_the_new_card_at_once(
    story: Story,
) -> None:
    ida = short_in_june(story, times=3)
    page = new_card(story, ida)
    story.go("2027-06-06 09:00", "tac")
    asked, saved = threading.Event(), threading.Event()
    confirm = story.gateway.confirm_intent

    def slowly(stripe_id: str, *, key: str, payment_method_id: str):
        asked.set()
        assert saved.wait(timeout=30)
        return confirm(stripe_id, key=key, payment_method_id=payment_method_id)

    story.gateway.confirm_intent = slowly  # the bank takes its time over the old card

    def member() -> None:
        assert asked.wait(timeout=30)
        comes_back(story, page)
        saved.set()

    at_once(story, lambda: day.work(story.place("tac").id), member)
    story.gateway.confirm_intent = confirm
    db.session.rollback()
    collect.collect_ready()
    assert taken(story) == [8714, 8714]
    assert (recovery(ida).state, recovery(ida).recovered_by) == ("recovered", "new_card")
    assert complaints(story) == []


def test_two_who_both_read_that_nothing_is_in_flight_would_both_charge(story: Story) -> None:
    """The same race without the lock and the key: both would begin a try."""
    ida = short_in_june(story, times=2)
    invoice_id = recovery(ida).invoice_id
    seen = threading.Barrier(2)
    began: list[str] = []

    def naive() -> None:
        query = sa.select(PaymentAttempt.state).where(PaymentAttempt.invoice_id == invoice_id)
        found = run_txn(lambda: db.session.scalars(query).all())
        seen.wait(timeout=30)
        if set(found) == {"failed"}:
            began.append("a try")

    at_once(story, naive, naive)
    assert len(began) == 2
