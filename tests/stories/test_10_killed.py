"""A process that keeps a new card is killed at each of its side effects: the card pays once."""

from __future__ import annotations

import json
import os
import sys
import traceback
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from billing.gateway import Gateway
from billing.invoices import extras
from billing.models import Invoice, Payment
from billing.payments import collect, janitor
from config import clock as time_of
from config.db import db, run_txn
from config.ids import new_id
from membership.plans import one_offs
from tests.crash.points import KILLED, Point, Tracer
from tests.stories.test_10_declined import comes_back, new_card, with_a_plan
from tests.support.story import Person, Story
from tests.support.story_facts import complaints, plans, taken

LEASE_MS = 121_000


def a_declined_fee(story: Story, who: Person) -> UUID:
    """A fee of 11.03 with tax, which the card on file has just refused; its invoice."""
    # Days apart, or the networks' limits would stop us: 15 declines in 30 days.
    story.go_to(time_of.now() + timedelta(days=3))
    today = story.today(who.home)
    story.bank_says(who, {"outcome": "insufficient_funds", "times": 1})
    charge = run_txn(
        lambda: one_offs.owe(
            member_id=who.member_id,
            membership_id=plans(who)[0].id,
            location_id=story.place(who.home).id,
            kind="hold_fee",
            source_id=new_id(),
            product="HOLD",
            description="A hold of 30 days",
            net_cents=1000,
            currency="USD",
            due_on=today,
            consent_id=None,
            by_account_id=None,
            now=time_of.now(),
        )
    )
    invoice_id = run_txn(lambda: extras.issue(charge.id, on=today, now=time_of.now()))
    settled = collect.collect_now(invoice_id)
    assert settled is not None
    assert settled.state == "failed"
    return invoice_id


def in_another_process(story: Story, page: str, die_at: Point | None, file: Path) -> int:
    """Come back from the card page in a process that dies there; its exit code."""
    db.session.rollback()
    db.engine.dispose()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        _come_back(story, page, die_at, file)
    except BaseException:
        traceback.print_exc(file=sys.stderr)
        os._exit(1)
    os._exit(0)


def _come_back(story: Story, page: str, die_at: Point | None, file: Path) -> None:
    stripe = story.stripe
    story.gateway = Gateway(api_key=stripe.api_key, api_base=stripe.url, timeout_s=5)
    extensions = story.app.extensions
    own_door = replace(extensions["taper.collecting"], gateway=story.gateway)
    extensions["taper.collecting"] = own_door
    tracer = Tracer(die_at)
    tracer.watch(db.engine)
    comes_back(story, page)
    file.write_text(json.dumps(tracer.seen))


@pytest.mark.long
def test_a_kill_at_any_side_effect_of_a_new_card_leaves_one_charge(
    story: Story, tmp_path: Path
) -> None:
    ida = with_a_plan(story, "MAINT-2", "2027-05-01 10:00", at="tac")
    story.go("2027-05-02 10:00", "tac")
    traced = tmp_path / "points.json"
    paid = [a_declined_fee(story, ida)]
    assert in_another_process(story, new_card(story, ida), None, traced) == 0
    points = [Point(*one) for one in json.loads(traced.read_text())]
    what = [point.what for point in points]
    assert sum("sent POST /v1/payment_intents" in one for one in what) >= 1
    assert sum(one == "after commit" for one in what) >= 3
    for point in points:
        paid.append(a_declined_fee(story, ida))
        page = new_card(story, ida)
        assert in_another_process(story, page, point, traced) == KILLED, point
        story.leases.advance(LEASE_MS)
        comes_back(story, page)
        janitor.look()
        collect.collect_ready()
        found = db.session.get_one(Invoice, paid[-1], populate_existing=True)
        assert (found.state, found.paid_cents) == ("paid", 1103), point
    assert taken(story) == [8714, *[1103] * len(paid)]
    assert db.session.scalar(sa.select(sa.func.count(Payment.id))) == len(paid) + 1
    assert complaints(story) == []


def test_a_kill_that_nothing_recovers_from_leaves_the_fee_open(
    story: Story, tmp_path: Path
) -> None:
    """The control: the points are real, and it is the recovery that makes up for them."""
    ida = with_a_plan(story, "MAINT-2", "2027-05-01 10:00", at="tac")
    story.go("2027-05-02 10:00", "tac")
    invoice_id = a_declined_fee(story, ida)
    first = Point("issue", 0, "")
    code = in_another_process(story, new_card(story, ida), first, tmp_path / "points.json")
    assert code not in (0, 1)
    assert db.session.get_one(Invoice, invoice_id, populate_existing=True).state == "open"
    assert taken(story) == [8714]
