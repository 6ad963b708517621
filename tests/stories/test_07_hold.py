"""Story 7: a hold over a renewal, and back early. Other plans, dates and zones besides."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from billing.holds import holding
from config.audit import Actor
from config.calendar import Period
from config.db import db
from config.errors import Refused
from membership.models import CreditGrant, Hold, MembershipPeriod, MrrMove
from tests.support.story import Person, Story
from tests.support.story_facts import bills, booked, complaints, letters, plans, taken

DAY = timedelta(days=1)


def rests(story: Story, who: Person, first: str, back: str) -> Hold:
    """Ask for a hold on one's own page, and be charged what the page said."""
    span = Period(date.fromisoformat(first), date.fromisoformat(back))
    (plan,) = plans(who)
    on = story.today(who.home)
    said = holding.quote(plan.id, span=span, on=on)
    hold = holding.ask(plan.id, span=span, on=on, by=Actor(who.account_id, "member"))
    newest = bills(who)[-1]
    if said.fee is not None:
        assert (newest.reason, newest.total_cents) == ("charge", said.fee.total_cents)
        assert newest.state == "paid"
    return hold


def returns(story: Story, who: Person) -> Hold:
    (plan,) = plans(who)
    by = Actor(who.account_id, "member")
    return holding.return_early(plan.id, on=story.today(who.home), by=by)


def renewals(who: Person) -> list[str]:
    """When the plan itself was billed."""
    return [
        f"{bill.issued_on}" for bill in bills(who) if bill.reason in ("first_period", "renewal")
    ]


def last_days(who: Person) -> list[str]:
    """The last good day of each batch of unused sessions."""
    query = sa.select(CreditGrant.valid_until).where(
        CreditGrant.member_id == who.member_id, CreditGrant.remaining > 0
    )
    found = db.session.scalars(query.order_by(CreditGrant.valid_until))
    return [f"{until - DAY}" for until in found if until]


def moves(who: Person) -> list[tuple[str, str, int]]:
    query = sa.select(MrrMove.occurred_on, MrrMove.kind, MrrMove.delta_cents)
    query = query.where(MrrMove.member_id == who.member_id).order_by(MrrMove.id)
    return [(f"{row[0]}", row[1], row[2]) for row in db.session.execute(query)]


def with_a_plan(story: Story, plan: str, wall: str, slug: str = "sea") -> Person:
    story.go(wall, slug)
    return story.join("Ana Mora", plan, at=slug)


def test_on_hold_from_march_5_to_april_4_no_charge_on_march_10_and_the_next_bill_on_april_9(
    story: Story,
) -> None:
    ana = with_a_plan(story, "MAINT-4", "2027-02-10 10:00")
    story.live("2027-02-20 12:00")
    story.come(ana)
    story.live("2027-02-21 12:00")
    story.come(ana)
    assert last_days(ana) == ["2027-04-09"]
    story.live("2027-03-01 12:00")
    rests(story, ana, "2027-03-05", "2027-04-04")
    fee = bills(ana)[-1]
    assert (fee.net_cents, fee.tax_cents, fee.total_cents) == (1000, 104, 1104)
    assert booked(story, "fees", "sea") == 1000
    assert len(letters(ana, "hold_planned")) == 1

    story.live("2027-03-04 20:00")
    assert plans(ana)[0].status == "active"
    story.live("2027-03-05 12:00")
    (plan,) = plans(ana)
    assert (plan.status, plan.next_due_on, plan.anchor_day) == ("frozen", date(2027, 4, 9), 9)
    assert last_days(ana) == ["2027-05-09"]
    with pytest.raises(Refused) as resting:
        story.come(ana)
    assert resting.value.code == "frozen"
    story.live("2027-04-03 23:00")
    assert renewals(ana) == ["2027-02-10"]
    story.live("2027-04-04 12:00")
    assert plans(ana)[0].status == "active"
    story.come(ana)
    story.live("2027-05-10 12:00")
    assert renewals(ana) == ["2027-02-10", "2027-04-09", "2027-05-09"]
    assert moves(ana) == [
        ("2027-02-10", "new", 13900),
        ("2027-03-05", "frozen", -13900),
        ("2027-04-04", "resumed", 13900),
    ]
    assert taken(story) == [15339, 1104, 15339, 15339]
    assert complaints(story) == []


def test_back_on_march_20_after_15_days_the_next_bills_are_march_25_and_april_25(
    story: Story,
) -> None:
    ana = with_a_plan(story, "MAINT-4", "2027-02-10 10:00")
    story.live("2027-02-28 12:00")
    rests(story, ana, "2027-03-05", "2027-04-04")
    story.live("2027-03-20 11:00")
    returns(story, ana)
    (plan,) = plans(ana)
    assert (plan.status, plan.next_due_on) == ("active", date(2027, 3, 25))
    assert last_days(ana) == ["2027-04-24"]
    story.come(ana)
    story.live("2027-04-26 12:00")
    assert renewals(ana) == ["2027-02-10", "2027-03-25", "2027-04-25"]
    assert taken(story) == [15339, 1104, 15339, 15339]  # the fee stays
    period = db.session.scalars(sa.select(MembershipPeriod).order_by(MembershipPeriod.n)).first()
    assert period is not None
    assert (period.start, period.end, period.frozen_days) == (
        date(2027, 2, 10), date(2027, 3, 25), 15,
    )  # fmt: skip
    assert complaints(story) == []
