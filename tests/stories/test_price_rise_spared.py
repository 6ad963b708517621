"""Whom a price rise spares: not told in time, leaving, changing, or raised already this year."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from config import clock as time_of
from config import outbox
from config.audit import SYSTEM
from config.db import db, run_txn
from config.errors import Refused
from membership.changes import change_waiting
from membership.models import Notice
from membership.price_rises import price_rise_preview, price_rises
from membership.price_rises import price_rise_rows as rows
from tests.support.story import Person, Story
from tests.support.story_facts import bills, complaints, letters, plans, taken
from tests.support.story_rises import JUNE_10, OWNER, announce, draft, member, outcome


def bounced(who: Person, about_on: date) -> None:
    """The mail about this date comes back."""
    query = sa.select(Notice.outbox_key).where(
        Notice.member_id == who.member_id, Notice.about_on == about_on, Notice.sent_at.is_not(None)
    )
    key = db.session.scalars(query.limit(1)).one()
    assert key is not None
    assert run_txn(lambda: outbox.bounce(key, reason="no such mailbox"))


def test_failed_notice_means_not_raised_and_the_outcome_says_why(story: Story) -> None:
    ana = member(story, "Ana Mora", "2027-05-10 10:00", "sea")
    cleo = member(story, "Cleo Diaz", "2027-05-10 11:00", "sea")
    announce(story, "sea", cents=8500)
    story.live("2027-05-28 12:00")
    bounced(ana, JUNE_10)
    story.live("2027-06-11 12:00")
    assert outcome(ana) == ("not_raised", "notice_failed", JUNE_10)
    assert [bill.total_cents for bill in bills(ana)] == [8718, 8718]
    assert len(letters(ana, "notice_price_rise")) == 1  # no second one to a dead mailbox
    assert [bill.total_cents for bill in bills(cleo)] == [8718, 9380]
    assert complaints(story) == []


def raised_in_june(story: Story, slug: str) -> Person:
    who = member(story, "Ana Mora", "2027-05-10 10:00", slug)
    announce(story, slug, cents=8500)
    story.live("2027-06-12 10:00", slug)
    assert outcome(who) == ("raised", None, JUNE_10)
    return who


def test_washington_raises_nobody_twice_in_a_calendar_year(story: Story) -> None:
    ana = raised_in_june(story, "sea")
    announce(story, "sea", cents=8900, since=date(2027, 7, 1))
    assert outcome(ana) == ("not_raised", "raised_this_year", date(2027, 7, 10))
    story.live("2027-07-11 12:00")
    assert [bill.total_cents for bill in bills(ana)] == [8718, 9380, 9380]
    in_january = draft(story, "sea", cents=9100, since=date(2028, 1, 5))
    (line,) = price_rise_preview.lines(in_january, on=story.today("sea"))
    assert (line.code, line.applies_on) == (None, date(2028, 1, 10))


def test_where_the_land_has_no_such_rule_a_second_rise_comes_in_the_same_year(
    story: Story,
) -> None:
    ben = raised_in_june(story, "boi")
    announce(story, "boi", cents=8900, since=date(2027, 7, 1))
    story.live("2027-07-11 12:00", "boi")
    assert outcome(ben) == ("raised", None, date(2027, 7, 10))
    assert [bill.total_cents for bill in bills(ben)] == [8374, 9010, 9434]


def test_called_off_before_its_day_nobody_is_raised_and_those_told_hear_it(story: Story) -> None:
    ana = member(story, "Ana Mora", "2027-05-10 10:00", "sea")
    rise = announce(story, "sea", cents=8500)
    story.live("2027-05-28 12:00")
    for _ in range(2):
        run_txn(lambda: price_rises.call_off(rise.id, by=OWNER, now=time_of.now()))
    story.live("2027-06-11 12:00")
    assert outcome(ana) == ("not_raised", "called_off", JUNE_10)
    assert [bill.total_cents for bill in bills(ana)] == [8718, 8718]
    assert len(letters(ana, "price_stays")) == 1
    with pytest.raises(Refused) as over:
        run_txn(
            lambda: price_rises.announce(
                rise.id, by=OWNER, on=story.today("sea"), now=time_of.now()
            )
        )
    assert over.value.code == "called_off"


def test_cancelling_instead_keeps_the_paid_period_and_the_old_price(story: Story) -> None:
    ana = member(story, "Ana Mora", "2027-05-10 10:00", "sea")
    announce(story, "sea", cents=8500)
    story.live("2027-05-28 12:00")
    story.cancel(ana)
    story.live("2027-06-11 12:00")
    assert outcome(ana)[:2] == ("not_raised", "leaving")
    assert taken(story) == [8718]
    assert len(letters(ana, "notice_price_rise")) == 1


def test_member_who_changes_to_another_plan_keeps_what_they_consented_to(story: Story) -> None:
    ana = member(story, "Ana Mora", "2027-05-10 10:00", "sea")
    announce(story, "sea", cents=8500)
    story.live("2027-05-28 12:00")
    run_txn(
        lambda: change_waiting.pend(
            plans(ana)[0].id,
            kind="upgrade",
            to_version_id=story.studio.plans["MAINT-4"],
            price_cents=13900,
            consent_id=None,
            by=SYSTEM,
            on=story.today("sea"),
            now=time_of.now(),
            facts={},
        )
    )
    story.live("2027-06-12 12:00")
    assert [bill.total_cents for bill in bills(ana)] == [8718, 15339]
    assert outcome(ana)[0] == "not_raised"
    assert rows.changing([plans(ana)[0].id]) == frozenset()


def test_a_start_that_waits_for_its_first_payment_keeps_the_price_that_was_consented_to(
    story: Story,
) -> None:
    ana = member(story, "Ana Mora", "2027-05-10 10:00", "sea")
    story.go("2027-05-15 10:00")
    ben = story.join("Ben Ito", "STARTER-3", agrees_to="MAINT-2")
    story.come(ben)
    rise = announce(story, "sea", cents=8500)
    held = {holder.membership_id for holder, _ in rows.outcomes(rise.id)}
    assert held == {plans(ana)[0].id}
    story.live("2027-05-26 12:00")
    assert bills(ben)[-1].total_cents == 8718
    story.live("2027-06-26 12:00")
    assert bills(ben)[-1].total_cents == 8718
    assert bills(ana)[-1].total_cents == 9380
