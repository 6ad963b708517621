"""Changes of plan at other dates, prices and zones; what was paid is never created or lost."""

from __future__ import annotations

from datetime import date

import pytest

from billing.leaving import exits
from config.audit import Actor
from config.calendar import Interval
from config.errors import Refused
from membership.credits import credits
from tests.support.story import Story
from tests.support.story_changes import another_plan, change_later, change_now, quoted, undo
from tests.support.story_facts import bills, booked, complaints, letters, movements, plans, taken


def test_to_unlimited_in_mid_february_at_boise_the_rest_is_earned_by_day(story: Story) -> None:
    story.go("2027-01-31 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.go("2027-02-03 10:00", "boi")
    story.come(ben)
    story.live("2027-02-14 12:00", "boi")
    found = quoted(story, ben, "UNLIMITED")
    assert found.now is not None
    assert (found.now.back.net_cents, found.now.taken.net_cents) == (-3950, 9300)
    page = change_now(story, ben, "UNLIMITED")
    assert page is not None
    story.pay(page)
    assert taken(story) == [8374, found.now.total_cents]
    assert booked(story, "deferred_sessions", "boi") == 0
    assert booked(story, "deferred_time", "boi") == 3950 + 5350, "the session left, and the net"
    assert complaints(story) == []
    story.live("2027-02-27 12:00", "boi")
    assert complaints(story) == []
    story.live("2027-02-28 12:00", "boi")
    assert taken(story)[2:] == [19716]
    assert booked(story, "earned_time", "boi") == 9300
    assert complaints(story) == []


def test_from_a_dear_unlimited_plan_to_sessions_the_days_left_become_sessions(
    story: Story,
) -> None:
    weekly = another_plan(
        story, "LUXURY-8", price_cents=30000, allowance=8, interval=Interval(1, "month"), tier=10
    )
    story.go("2027-03-10 10:00")
    ana = story.join("Ana Mora", "UNLIMITED")
    story.live("2027-03-20 12:00")
    page = change_now(story, ana, weekly)
    assert page is not None
    story.pay(page)
    left = 18600 - 6000  # ten of 31 days have passed
    net = 20323 - 12600
    assert booked(story, "deferred_time", "sea") == 0
    assert booked(story, "deferred_sessions", "sea") == left + net
    assert credits.balance(ana.member_id, date(2027, 3, 20)) == 5
    assert complaints(story) == []
    story.live("2027-04-11 12:00")
    assert complaints(story) == []


def test_between_unlimited_plans_every_day_is_earned_to_the_cent(story: Story) -> None:
    dearer = another_plan(
        story, "UNLIMITED-TWO", price_cents=25001, allowance=None, interval=Interval(1, "month")
    )
    story.go("2027-04-30 10:00", "phx")
    cleo = story.join("Cleo Diaz", "UNLIMITED", at="phx")
    story.live("2027-05-17 12:00", "phx")
    page = change_now(story, cleo, dearer)
    assert page is not None
    story.pay(page)
    paid = sum(taken(story))
    assert complaints(story) == []
    story.live("2027-05-29 12:00", "phx")
    assert complaints(story) == []
    story.live("2027-05-30 00:01", "phx")
    earned = booked(story, "earned_time", "phx")
    assert earned + booked(story, "deferred_time", "phx") == paid
    story.live("2027-05-30 12:00", "phx")
    assert booked(story, "earned_time", "phx") == paid
    assert complaints(story) == []


def test_year_paid_at_once_begins_today_with_the_unused_part_taken_off(story: Story) -> None:
    year = another_plan(
        story, "YEAR-24", price_cents=79000, allowance=24, interval=Interval(12, "month")
    )
    story.go("2027-05-10 10:00", "tac")
    ana = story.join("Ana Mora", "MAINT-2", at="tac")
    story.go("2027-05-12 12:00", "tac")
    story.come(ana)
    story.live("2027-05-20 12:00", "tac")
    page = change_now(story, ana, year)
    assert page is not None
    story.pay(page)
    assert taken(story) == [8714, 79000 + 8137 - 3950 - 407]
    plan = plans(ana)[0]
    assert (plan.anchor, plan.next_due_on) == (date(2027, 5, 20), date(2028, 5, 20))
    assert booked(story, "deferred_sessions", "tac") == 79000
    assert credits.balance(ana.member_id, date(2027, 5, 20)) == 24
    assert complaints(story) == []
    story.live("2027-06-12 12:00", "tac")
    assert len(bills(ana)) == 2
    assert complaints(story) == []


def test_from_a_year_to_a_month_nothing_is_paid_and_the_rest_pays_renewals(story: Story) -> None:
    year = another_plan(
        story, "YEAR-24", price_cents=79000, allowance=24, interval=Interval(12, "month")
    )
    story.go("2027-05-10 10:00", "boi")
    ben = story.join("Ben Ito", "YEAR-24", at="boi")
    story.go("2027-05-10 11:00", "boi")
    found = quoted(story, ben, "MAINT-4")
    assert found.now is not None
    kept = (79000 + 4740) - (13900 + 834)
    assert (found.now.total_cents, found.now.account_credit_cents) == (0, kept)
    assert change_now(story, ben, "MAINT-4") is None
    assert taken(story) == [83740]
    assert booked(story, "account_credit", "boi") == kept
    assert [bill.total_cents for bill in bills(ben)] == [83740, 0]
    assert complaints(story) == []
    story.live("2027-06-10 12:00", "boi")
    assert taken(story) == [83740]
    assert [(bill.total_cents, bill.state) for bill in bills(ben)][2:] == [(14734, "paid")]
    assert booked(story, "account_credit", "boi") == kept - 14734
    assert complaints(story) == []
    assert year


def test_two_upgrades_in_one_period_and_then_the_renewal(story: Story) -> None:
    story.go("2027-08-31 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    for day, to in ((10, "MAINT-4"), (20, "UNLIMITED")):
        story.live(f"2027-09-{day} 12:00")
        found = quoted(story, ana, to)
        page = change_now(story, ana, to)
        assert page is not None
        assert found.now is not None
        story.pay(page)
        assert taken(story)[-1] == found.now.total_cents, "quoted is billed"
        assert complaints(story) == []
    story.live("2027-10-01 12:00")
    assert [bill.reason for bill in bills(ana)] == ["first_period", "change", "change", "renewal"]
    assert taken(story)[-1] == 18600 + 1925
    assert complaints(story) == []


def test_change_of_interval_with_the_renewal_begins_a_new_row_of_periods(story: Story) -> None:
    weeks = another_plan(
        story, "WEEKS-2", price_cents=4000, allowance=1, interval=Interval(2, "week"), tier=0
    )
    story.go("2027-01-31 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.live("2027-02-20 12:00")
    change_later(story, ana, weeks)
    story.live("2027-04-01 12:00")
    assert [bill.issued_on for bill in bills(ana)] == [
        date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 14), date(2027, 3, 28),
    ]  # fmt: skip
    assert complaints(story) == []


def test_on_the_day_of_the_renewal_nothing_is_changed_before_it(story: Story) -> None:
    story.go("2027-05-10 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.live("2027-06-09 12:00")
    text = quoted(story, ana, "MAINT-4").now_text
    assert text
    story.go("2027-06-10 00:01")
    with pytest.raises(Refused) as refused:
        change_now(story, ana, "MAINT-4")
    assert refused.value.code in ("payment_pending", "only_at_renewal")
    assert movements(ana, "revalue") == []


def test_plan_that_was_changed_today_and_ends_today_gives_back_what_is_still_deferred(
    story: Story,
) -> None:
    story.go("2027-05-10 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.live("2027-05-28 12:00")
    page = change_now(story, ana, "MAINT-4")
    assert page is not None
    story.pay(page)
    left = booked(story, "deferred_sessions", "sea")
    found = exits.leave_plan(
        plans(ana)[0].id,
        "end_now",
        on=date(2027, 5, 28),
        by=Actor(ana.account_id, "member"),
        gateway=story.gateway,
    )
    assert found.refund_cents - found.refund_tax_cents == left
    assert booked(story, "deferred_sessions", "sea") == 0
    assert complaints(story) == []


def test_every_change_is_confirmed_by_mail_once(story: Story) -> None:
    story.go("2027-05-10 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    story.live("2027-05-20 12:00")
    change_later(story, ana, "MAINT-2")
    undo(story, ana)
    page = change_now(story, ana, "UNLIMITED")
    assert page is not None
    story.pay(page)
    story.live("2027-06-11 12:00")
    told = [letter.context["state"] for letter in letters(ana, "plan_change")]
    assert told == ["pending", "undone", "applied"]
