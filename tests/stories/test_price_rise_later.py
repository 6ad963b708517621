"""A price rise that comes later than announced is told anew: after a hold, or when jobs slept."""

from __future__ import annotations

from datetime import date

from config import clock as time_of
from config.audit import Actor
from config.calendar import Period
from config.db import run_txn
from membership.holds import holds
from tests.support.story import Story
from tests.support.story_facts import bills, complaints, left_at, letters, plans
from tests.support.story_rises import announce, member, outcome


def test_when_the_clock_slept_over_a_notice_the_rise_waits_for_two_new_ones(story: Story) -> None:
    ana = member(story, "Ana Mora", "2027-05-10 10:00", "boi")
    announce(story, "boi", cents=8500)
    story.live("2027-05-26 12:00", "boi")
    story.go("2027-06-01 12:00", "boi")  # nothing left on May 27
    story.work("boi")
    story.live("2027-06-11 12:00", "boi")
    assert [bill.total_cents for bill in bills(ana)] == [8374, 8374]
    assert outcome(ana)[2] == date(2027, 7, 10)
    story.live("2027-07-11 12:00", "boi")
    assert outcome(ana) == ("raised", None, date(2027, 7, 10))
    assert bills(ana)[-1].total_cents == 9010
    july = [one for one in letters(ana, "notice_price_rise") if "July" in one.context["about_on"]]
    assert [left_at(one, "America/Boise")[:10] for one in july] == ["2027-06-26", "2027-07-03"]


def test_whoever_is_on_hold_is_raised_with_the_first_renewal_after_it_and_told_anew(
    story: Story,
) -> None:
    ana = member(story, "Ana Mora", "2027-05-10 10:00", "sea")
    announce(story, "sea", cents=8500)
    story.live("2027-05-28 12:00")
    asked = Period(date(2027, 5, 30), date(2027, 6, 29))  # 30 days: the renewal moves to July 10
    run_txn(
        lambda: holds.ask(
            plans(ana)[0].id,
            span=asked,
            on=story.today("sea"),
            by=Actor(ana.account_id, "member"),
            now=time_of.now(),
        )
    )
    story.live("2027-07-09 12:00")
    assert plans(ana)[0].next_due_on == date(2027, 7, 10)
    assert [bill.total_cents for bill in bills(ana) if bill.reason != "charge"] == [8718]
    told = [
        (letter.context["about_on"], left_at(letter, "America/Los_Angeles")[:10])
        for letter in letters(ana, "notice_price_rise")
    ]
    assert told == [
        ("June 10, 2027", "2027-05-27"),
        ("July 10, 2027", "2027-06-26"),
        ("July 10, 2027", "2027-07-03"),
    ]
    story.live("2027-07-11 12:00")
    assert bills(ana)[-1].total_cents == 9380
    assert outcome(ana) == ("raised", None, date(2027, 7, 10))
    assert complaints(story) == []
