"""Story 18: plans that end at once, and how much of them goes back."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from billing.holds import holding
from billing.leaving import exits
from billing.models import CreditNote
from config.calendar import Period
from config.db import db
from config.errors import Refused
from membership.rules.exits import Exit
from tests.support.story import Story
from tests.support.story_changes import change_now
from tests.support.story_exits import actor, leave, owed_back, plan_of
from tests.support.story_facts import bills, booked, complaints, letters, taken


def test_in_seattle_unspent_credits_of_a_plan_ended_today_go_back_with_their_tax(
    story: Story,
) -> None:
    story.go("2027-06-01 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    story.go("2027-06-05 10:00")
    story.come(ana)
    story.go("2027-06-12 15:00")
    found = leave(story, ana, "end_now")
    # 13900 in four: 3475 used, 10425 back, and of 1439 tax its share, 1079.25
    assert (found.refund_cents, found.refund_tax_cents) == (10425 + 1079, 1079)
    assert found.kept_cents == 15339 - found.refund_cents == 3475 + 360
    assert owed_back(ana) == [(10425, 1079, date(2027, 7, 12))]
    assert booked(story, "refunds_due", "sea") == 11504
    assert booked(story, "deferred_sessions", "sea") == 0
    assert booked(story, "earned_sessions", "sea") == 3475
    with pytest.raises(Refused) as ended:
        story.come(ana)
    assert ended.value.code in ("ended", "nothing_held", "credits_exhausted")
    story.tick()
    (letter,) = letters(ana, "membership_cancelled")
    assert letter.context["refund"] == "$115.04"
    assert letter.context["refund_by"] == "July 12, 2027"
    story.live("2027-07-03 12:00")
    assert taken(story) == [15339]
    assert complaints(story) == []


def test_boise_offers_no_end_today_but_a_ground_of_law_brings_the_same(story: Story) -> None:
    story.go("2027-06-01 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.go("2027-06-12 15:00", "boi")
    with pytest.raises(Refused) as refused:
        exits.quote_plan(plan_of(ben).id, "end_now", on=story.today("boi"))
    assert refused.value.code == "end_now_not_offered"
    found = leave(story, ben, "statutory_exit")
    assert (found.refund_cents, found.kept_cents) == (7900 + 474, 0)
    assert owed_back(ben) == [(7900, 474, date(2027, 7, 12))]
    assert complaints(story) == []


def test_an_unlimited_plan_gives_back_the_days_that_have_not_passed(story: Story) -> None:
    story.go("2027-02-01 10:00", "tac")
    cleo = story.join("Cleo Diaz", "UNLIMITED", at="tac")
    story.live("2027-02-15 12:00", "tac")
    found = leave(story, cleo, "end_now")
    # 14 of 28 days are over: half of 18600, and half of 1916 tax
    assert (found.refund_cents, found.refund_tax_cents) == (9300 + 958, 958)
    story.live("2027-03-02 12:00", "tac")
    assert booked(story, "earned_time", "tac") == 9300
    assert complaints(story) == []


def test_who_ends_twice_is_owed_once(story: Story) -> None:
    story.go("2027-06-03 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    leave(story, ana, "end_now")
    again = exits.leave_plan(
        plan_of(ana).id, "end_now", on=story.today("sea"), by=actor(ana), gateway=story.gateway
    )
    assert again.refund_cents == 0
    law = exits.leave_plan(
        plan_of(ana).id, "statutory_exit", on=story.today("sea"), by=actor(ana),
        gateway=story.gateway,
    )  # fmt: skip
    assert law.refund_cents == 0
    assert len(owed_back(ana)) == 1
    assert len(db.session.scalars(sa.select(CreditNote)).all()) == 1


def test_rolled_over_sessions_go_back_at_the_price_they_were_paid(story: Story) -> None:
    story.go("2027-06-01 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.live("2027-07-01 12:00")
    story.come(ana)  # of June's, which expire first
    found = leave(story, ana, "end_now")
    assert found.refund_cents == (3950 + 409) + (7900 + 818)
    by = date(2027, 7, 31)
    assert sorted(owed_back(ana)) == [(3950, 409, by), (7900, 818, by)]
    assert complaints(story) == []


def test_on_hold_a_plan_may_end_today_wherever_it_is(story: Story) -> None:
    story.go("2027-06-01 10:00", "boi")
    ben = story.join("Ben Ito", "UNLIMITED", at="boi")
    story.live("2027-06-11 09:00", "boi")
    plan = plan_of(ben)
    span = Period(date(2027, 6, 11), date(2027, 7, 11))
    by = actor(ben)
    holding.ask(plan.id, span=span, on=story.today("boi"), by=by)
    story.live("2027-06-20 12:00", "boi")
    assert plan_of(ben).status == "frozen"
    found = leave(story, ben, "end_now")
    # ten of thirty days were used, the hold's earn nothing
    assert (found.refund_cents, found.kept_cents) == (12400 + 744, 6200 + 372)
    assert booked(story, "earned_time", "boi") == 6200
    assert complaints(story) == []


def test_an_upgrade_in_the_middle_of_the_month_goes_back_with_the_rest(story: Story) -> None:
    story.go("2027-06-01 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.live("2027-06-16 12:00")
    page = change_now(story, ana, "MAINT-4")
    assert page is not None
    story.pay(page)
    story.come(ana)
    sold = sum(bill.net_cents for bill in bills(ana))
    earned = booked(story, "earned_sessions", "sea")
    found = leave(story, ana, "end_now")
    assert sum(net for net, _, _ in owed_back(ana)) == sold - earned
    assert found.refund_cents + found.kept_cents == sum(taken(story))
    assert booked(story, "deferred_sessions", "sea") == 0
    assert complaints(story) == []


@pytest.mark.parametrize("how", ["end_now", "statutory_exit"])
def test_sessions_that_became_days_go_back_as_what_they_were_sold(story: Story, how: Exit) -> None:
    story.go("2027-06-01 10:00", "tac")
    ana = story.join("Ana Mora", "MAINT-4", at="tac")
    story.come(ana)
    story.live("2027-06-11 12:00", "tac")
    page = change_now(story, ana, "UNLIMITED")
    if page is not None:
        story.pay(page)
    story.live("2027-06-21 12:00", "tac")
    deferred = booked(story, "deferred_sessions", "tac") + booked(story, "deferred_time", "tac")
    leave(story, ana, how)
    assert sum(net for net, _, _ in owed_back(ana)) == deferred > 0
    for account in ("deferred_sessions", "deferred_time"):
        assert booked(story, account, "tac") == 0
    assert complaints(story) == []
