"""A hold asked for while the run bills: one of them is first, and the other sees it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from billing.holds import holding
from billing.runs import run
from config.audit import Actor
from config.calendar import Period
from config.db import db, run_txn
from membership.models import Membership
from tests.stories.test_07_hold import renewals, with_a_plan
from tests.support.story import Story
from tests.support.story_facts import complaints, plans

DUE, BACK = date(2027, 3, 10), date(2027, 3, 31)
DAYS = BACK - DUE


def at_once(story: Story, *works: Callable[[], Any]) -> None:
    """All begun together, each in a thread of its own."""
    ready = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> None:
        with story.app.app_context():
            ready.wait(timeout=30)
            try:
                work()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        list(pool.map(one, works))


@pytest.mark.parametrize("plan", ["MAINT-4", "UNLIMITED"])
def test_a_hold_from_today_and_todays_renewal_never_both_take_the_same_day(
    story: Story, plan: str
) -> None:
    ana = with_a_plan(story, plan, "2027-02-10 10:00")
    story.live("2027-03-09 23:00")
    story.go("2027-03-10 00:10")
    (held,) = plans(ana)
    by = Actor(ana.account_id, "member")
    at_once(
        story,
        lambda: holding.ask(held.id, span=Period(DUE, BACK), on=DUE, by=by),
        lambda: run.bill(story.place("sea"), on=DUE),
    )
    db.session.rollback()
    (held,) = plans(ana)
    assert held.status == "frozen"
    if len(renewals(ana)) == 1:  # the hold came first: nothing is due until it is over
        assert held.next_due_on == BACK
    else:  # the renewal came first: the month that it paid lasts longer
        assert held.next_due_on == date(2027, 4, 10) + DAYS
    story.live("2027-05-05 12:00")
    assert len(renewals(ana)) == 3  # either way: nothing twice, nothing left out
    assert complaints(story) == []


def test_a_hold_that_reads_before_the_run_and_writes_behind_it_is_found_out(story: Story) -> None:
    """The same without the lock: the renewal's step is overwritten."""
    ana = with_a_plan(story, "MAINT-4", "2027-02-10 10:00")
    story.live("2027-03-09 23:00")
    story.go("2027-03-10 00:10")
    seen = plans(ana)[0].next_due_on
    db.session.rollback()
    run.bill(story.place("sea"), on=DUE)
    naive = sa.update(Membership).values(next_due_on=seen + timedelta(days=DAYS.days))
    run_txn(lambda: db.session.execute(naive))
    assert complaints(story) != []
