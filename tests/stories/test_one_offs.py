"""A one-off is invoiced once, collected like a renewal, and never locks anybody out."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from billing.invoices import extras
from billing.models import Dunning, Invoice
from billing.payments import collect
from billing.runs import run
from config.clock import now
from config.db import db, run_txn
from config.errors import Refused
from config.ids import new_id
from membership.models import Charge, Membership, MrrMove
from membership.plans import one_offs
from tests.support.story import Person, Story
from tests.support.story_facts import booked, complaints, plans

JUNE_9 = date(2027, 6, 9)


def with_a_plan(story: Story, slug: str = "sea") -> Person:
    story.go("2027-06-01 10:00", slug)
    return story.join("Ida Berg", "MAINT-2", at=slug)


def owed(story: Story, who: Person, cents: int, *, slug: str = "sea", source: UUID) -> UUID:
    plan = plans(who)[0]
    return run_txn(
        lambda: (
            one_offs.owe(
                member_id=who.member_id,
                membership_id=plan.id,
                location_id=story.place(slug).id,
                kind="hold_fee",
                source_id=source,
                product="HOLD",
                description="A hold of 30 days",
                net_cents=cents,
                currency="USD",
                due_on=JUNE_9,
                consent_id=None,
                by_account_id=None,
                now=now(),
            ).id
        )
    )


def test_a_fee_of_1000_at_seattle_takes_1104_from_the_card_on_file_at_once(story: Story) -> None:
    ida = with_a_plan(story)
    story.go("2027-06-09 12:00")
    charge_id = owed(story, ida, 1000, source=new_id())
    invoice_id = run_txn(lambda: extras.issue(charge_id, on=JUNE_9, now=now()))
    assert collect.collect_now(invoice_id) is not None
    invoice = db.session.get_one(Invoice, invoice_id)
    assert (invoice.state, invoice.total_cents, invoice.paid_cents) == ("paid", 1104, 1104)
    assert booked(story, "fees", "sea", on=JUNE_9) == 1000
    assert complaints(story) == []


def test_what_nobody_issued_is_issued_by_the_run_of_its_day_and_only_once(story: Story) -> None:
    ida = with_a_plan(story, "boi")
    charge_id = owed(story, ida, 2000, slug="boi", source=new_id())
    story.go("2027-06-08 12:00", "boi")
    run.bill(story.place("boi"), on=date(2027, 6, 8))
    assert db.session.get_one(Charge, charge_id).state == "due"
    story.go("2027-06-09 12:00", "boi")
    for _ in range(2):
        run.bill(story.place("boi"), on=JUNE_9)
    invoices = db.session.scalars(sa.select(Invoice).where(Invoice.reason == "charge")).all()
    assert [(i.state, i.paid_cents, i.source_id) for i in invoices] == [("paid", 2120, charge_id)]
    with pytest.raises(Refused, match="charged before"):
        run_txn(lambda: extras.issue(charge_id, on=JUNE_9, now=now()))
    assert complaints(story) == []


def test_the_same_source_is_never_charged_twice(story: Story) -> None:
    ida, source = with_a_plan(story), new_id()
    owed(story, ida, 1000, source=source)
    with pytest.raises(Refused, match="charged before"):
        owed(story, ida, 1000, source=source)


def test_a_declined_fee_is_tried_again_and_given_up_while_the_plan_goes_on(story: Story) -> None:
    ida = with_a_plan(story)
    story.bank_says(ida, {"outcome": "insufficient_funds", "times": 4})
    story.go("2027-06-09 12:00")
    charge_id = owed(story, ida, 1000, source=new_id())
    invoice_id = run_txn(lambda: extras.issue(charge_id, on=JUNE_9, now=now()))
    collect.collect_now(invoice_id)
    story.live("2027-06-25 10:00")
    tried = db.session.get_one(Dunning, invoice_id)
    assert (tried.state, tried.tries, tried.next_try_on) == ("given_up", 4, None)
    assert plans(ida)[0].status == "active"
    assert complaints(story) == []


def test_mrr_follows_a_plan_from_its_first_payment_to_its_end(story: Story) -> None:
    ida = with_a_plan(story, "boi")
    assert moved() == [("new", 7900, date(2027, 6, 1))]
    story.go("2027-06-12 12:00", "boi")
    story.cancel(ida)
    story.live("2027-07-02 10:00", "boi")
    assert moved() == [("new", 7900, date(2027, 6, 1)), ("churn", -7900, date(2027, 7, 1))]
    assert db.session.scalars(sa.select(Membership.status)).all() == ["ended"]


def moved() -> list[tuple[str, int, date]]:
    query = sa.select(MrrMove).order_by(MrrMove.id)
    return [(m.kind, m.delta_cents, m.occurred_on) for m in db.session.scalars(query)]
