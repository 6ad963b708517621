"""A change and the renewal in the same minute: never are both billed.

Beside each race stands what would happen without the guard.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from billing.invoices import invoicing
from billing.models import Invoice, Parked, PaymentAttempt
from billing.payments import hosted
from billing.plan_changes import change_sales
from billing.runs import run
from config import clock as time_of
from config.db import db, run_txn
from config.errors import Refused
from config.ids import new_id
from locations import tax_rates
from membership.changes import change_effects, change_rows, changes
from membership.models import Membership, PlanChange
from membership.plans import charges
from tests.support.story import Person, Story
from tests.support.story_changes import change_now, proof, quoted
from tests.support.story_facts import bills, complaints, plans, taken

MAINT_2, MAINT_4 = 8718, 15339
JUNE_10 = date(2027, 6, 10)


def at_once(story: Story, *works: Callable[[], Any]) -> list[Any]:
    """What each returned or was refused with, all begun together."""
    ready = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        with story.app.app_context():
            ready.wait(timeout=30)
            try:
                return work()
            except Refused as refused:
                return refused.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def on_the_eve(story: Story) -> Person:
    story.go("2027-05-10 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.live("2027-06-09 23:58")
    return ana


def ask_later(story: Story, who: Person, text: str, on: date, now: datetime) -> Callable[[], str]:
    membership_id, to = plans(who)[0].id, story.studio.plans["MAINT-4"]

    def work() -> str:
        run_txn(
            lambda: changes.ask_at_renewal(
                membership_id, to_version_id=to, proof=proof(who, text), on=on, now=now
            )
        )
        return "asked"

    return work


def ask_now(story: Story, who: Person, text: str | None, now: datetime) -> Callable[[], Any]:
    membership_id, to = plans(who)[0].id, story.studio.plans["MAINT-4"]
    given = proof(who, text)
    return lambda: run_txn(
        lambda: change_sales.place(membership_id, to_version_id=to, proof=given, now=now)
    )


def test_change_asked_for_while_the_run_goes_on_is_in_it_or_waits_for_the_next(
    story: Story,
) -> None:
    ana = on_the_eve(story)
    text, now = quoted(story, ana, "MAINT-4").renewal_text, time_of.now()
    asked = ask_later(story, ana, text, date(2027, 6, 9), now)
    story.go("2027-06-10 00:06")
    sea = story.place("sea")
    came = at_once(story, lambda: run.bill(sea, on=JUNE_10), asked)
    run.bill(sea, on=JUNE_10)  # where the change held the plan, the run has left it to the next
    change = change_rows.live_of(plans(ana)[0].id)
    db.session.rollback()
    assert len(bills(ana)) == 2, "one renewal, whoever was first"
    if came[1] == "asked" and change is None:
        assert taken(story) == [MAINT_2, MAINT_4]
    else:
        assert taken(story) == [MAINT_2, MAINT_2]
        assert came[1] == "terms_changed" or (change and change.effective_on == date(2027, 7, 10))
    assert complaints(story) == []


def test_change_of_today_and_the_run_of_tomorrow_never_bill_both(story: Story) -> None:
    ana = on_the_eve(story)
    asked = ask_now(story, ana, quoted(story, ana, "MAINT-4").now_text, time_of.now())
    story.go("2027-06-10 00:06")
    sea = story.place("sea")
    _, came = at_once(story, lambda: run.bill(sea, on=JUNE_10), asked)
    waits = change_rows.live_of(plans(ana)[0].id)
    db.session.rollback()
    if waits is None:
        assert came == "payment_pending", "the renewal was first"
        assert taken(story) == [MAINT_2, MAINT_2]
    else:
        assert taken(story) == [MAINT_2], "the change was first: the renewal waits for it"
        page = hosted.open_page(came.attempt_id, gateway=story.gateway, now=time_of.now())
        story.pay(page)
        run.bill(sea, on=JUNE_10)
        assert taken(story) == [MAINT_2, 213, MAINT_4]
    assert complaints(story) == []


def test_list_read_before_the_change_would_have_billed_the_old_renewal_beside_it(
    story: Story,
) -> None:
    ana = on_the_eve(story)
    pages = charges.project_due(story.place("sea").id, on=JUNE_10)
    listed = [due for page in pages for due in page.dues]
    page = change_now(story, ana, "MAINT-4")
    assert page is not None
    story.go("2027-06-10 00:06")
    sea, now = story.place("sea"), time_of.now()
    assert [due.price_cents for due in listed] == [7900]
    late = change_effects.overtaking([due.membership_id for due in listed])
    assert late == {plans(ana)[0].id}, "which is why a run asks again under its locks"
    run_txn(
        lambda: invoicing.issue(
            listed,
            location=sea,
            rates=tax_rates.in_force(sea.id, on=JUNE_10),
            on=JUNE_10,
            charge_from=now,
            run_id=new_id(),
            now=now,
        )
    )
    story.pay(page)
    billed = db.session.scalars(sa.select(Invoice.reason).where(Invoice.state == "open")).all()
    assert billed == ["renewal"], "the unguarded run has billed the old plan"
    assert taken(story) == [MAINT_2, 213], "and the money of the change has nowhere to go"
    assert db.session.scalars(sa.select(Parked.code)).all() == ["late_money"]
    assert db.session.scalars(sa.select(PlanChange.state)).all() == ["dropped"]


def test_two_tabs_that_change_at_once_leave_one_change(story: Story) -> None:
    ana = on_the_eve(story)
    text = quoted(story, ana, "MAINT-4").now_text
    asked = ask_now(story, ana, text, time_of.now())
    came = at_once(story, asked, asked, asked)
    assert came.count("payment_pending") == 2
    attempts = sa.select(sa.func.count(PaymentAttempt.id)).where(PaymentAttempt.state == "action")
    assert db.session.scalar(attempts) == 1


@pytest.mark.parametrize("status", ["frozen", "grace"])
def test_payment_that_finds_another_plan_than_was_asked_for_is_kept_for_a_person(
    story: Story, status: str
) -> None:
    ana = on_the_eve(story)
    page = change_now(story, ana, "MAINT-4")
    assert page is not None
    run_txn(lambda: db.session.execute(sa.update(Membership).values(status=status)))
    story.pay(page)
    assert db.session.scalars(sa.select(Parked.code)).all() == ["late_money"]
    assert plans(ana)[0].price_cents == 7900
    assert db.session.scalars(sa.select(Invoice.state).where(Invoice.reason == "change")).all() == [
        "draft"
    ]
