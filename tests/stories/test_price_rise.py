"""A price rise: told twice, charged from nine, and nobody raised who was not told in time."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from config import clock as time_of
from config import outbox
from config.audit import SYSTEM, Actor
from config.calendar import Period
from config.db import db, run_txn
from config.errors import Invalid, Refused
from membership import (
    catalog,
    changes,
    exemptions,
    holds,
    plan_overview,
    price_rise_preview,
    price_rises,
    tier_rows,
)
from membership import price_rise_rows as rows
from membership.models import MrrMove, Notice, PriceRise, PriceRiseHolder
from tests.support.story import EIGHT_AND_NINE, Person, Story
from tests.support.story_facts import bills, complaints, left_at, letters, plans, taken

JUNE_1, JUNE_10 = date(2027, 6, 1), date(2027, 6, 10)
OWNER = Actor(None, "owner")


def draft(
    story: Story, slug: str, *, cents: int, since: date = JUNE_1, plan: str = "MAINT-2"
) -> PriceRise:
    plan_id = tier_rows.plan_of(story.studio.plans[plan])
    return run_txn(
        lambda: price_rises.draft(
            plan_id=plan_id,
            location_id=story.place(slug).id,
            price_cents=cents,
            effective_from=since,
            reason="Rent and power cost more",
            by=OWNER,
            on=story.today(slug),
            now=time_of.now(),
        )
    )


def announce(story: Story, slug: str, *, cents: int, since: date = JUNE_1) -> PriceRise:
    rise = draft(story, slug, cents=cents, since=since)
    return run_txn(
        lambda: price_rises.announce(rise.id, by=OWNER, on=story.today(slug), now=time_of.now())
    )


def outcome(who: Person) -> tuple[str, str | None, date]:
    query = sa.select(PriceRiseHolder).where(PriceRiseHolder.membership_id == plans(who)[0].id)
    query = query.order_by(PriceRiseHolder.id.desc()).execution_options(populate_existing=True)
    found = db.session.scalars(query).first()
    assert found is not None
    return found.state, found.code, found.applies_on


def member(story: Story, name: str, wall: str, slug: str, plan: str = "MAINT-2") -> Person:
    story.go(wall, slug)
    return story.join(name, plan, at=slug)


def bounced(who: Person, about_on: date) -> None:
    """The mail about this date comes back."""
    query = sa.select(Notice.outbox_key).where(
        Notice.member_id == who.member_id, Notice.about_on == about_on, Notice.sent_at.is_not(None)
    )
    key = db.session.scalars(query.limit(1)).one()
    assert key is not None
    assert run_txn(lambda: outbox.bounce(key, reason="no such mailbox"))


def test_mrr_and_charge_rise_with_the_first_renewal_after_both_notices(story: Story) -> None:
    ana = member(story, "Ana Mora", "2027-05-10 10:00", "sea")
    story.go("2027-05-12 10:00")
    announce(story, "sea", cents=8500)
    story.live("2027-06-09 23:00", looks=EIGHT_AND_NINE)
    told = letters(ana, "notice_price_rise")
    assert [left_at(letter, "America/Los_Angeles") for letter in told] == [
        "2027-05-27 08:00", "2027-06-03 08:00"
    ]  # fmt: skip
    assert {letter.context["about_on"] for letter in told} == {"June 10, 2027"}
    assert {letter.context["total"] for letter in told} == {"$93.80"}
    shown = plan_overview.plan(ana.member_id, on=story.today("sea"))
    assert shown is not None
    assert shown.next_charge is not None
    story.go("2027-06-10 00:10")
    story.work("sea")
    story.go("2027-06-10 08:59")
    story.work("sea")
    assert taken(story) == [8718]  # raised prices wait for nine
    story.go("2027-06-10 09:00")
    story.work("sea")
    assert taken(story) == [8718, 9380] == [8718, shown.next_charge.total_cents]
    story.live("2027-07-11 12:00")
    assert [bill.total_cents for bill in bills(ana)] == [8718, 9380, 9380]
    assert outcome(ana) == ("raised", None, JUNE_10)
    moves = db.session.execute(
        sa.select(MrrMove.kind, MrrMove.occurred_on, MrrMove.delta_cents).order_by(MrrMove.id)
    ).all()
    assert [tuple(move) for move in moves] == [
        ("new", date(2027, 5, 10), 7900), ("expansion", JUNE_10, 600)
    ]  # fmt: skip
    assert complaints(story) == []


def test_new_members_pay_it_from_its_day_and_holders_of_other_studios_do_not(
    story: Story,
) -> None:
    member(story, "Ana Mora", "2027-05-10 10:00", "sea")
    ben = member(story, "Ben Ito", "2027-05-11 10:00", "tac")
    story.go("2027-05-12 10:00")
    announce(story, "sea", cents=8500)
    at_sea = {p.code: p for p in catalog.offers(story.place("sea").id, JUNE_1).plans}
    at_tac = {p.code: p for p in catalog.offers(story.place("tac").id, JUNE_1).plans}
    assert (at_sea["MAINT-2"].price_cents, at_tac["MAINT-2"].price_cents) == (8500, 7900)
    before = {p.code: p for p in catalog.offers(story.place("sea").id, date(2027, 5, 31)).plans}
    assert before["MAINT-2"].price_cents == 7900
    story.live("2027-06-12 12:00", "tac")
    assert [bill.total_cents for bill in bills(ben)] == [8714, 8714]


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


def test_preview_is_what_is_told_and_billed_whatever_the_price_and_the_studio(
    story: Story,
) -> None:
    people = [
        member(story, "Ana Mora", "2027-04-30 10:00", "tac"),
        member(story, "Ben Ito", "2027-05-03 10:00", "tac"),
    ]
    story.go("2027-05-04 10:00", "tac")
    rise = draft(story, "tac", cents=8333)
    seen = price_rise_preview.preview(rise, on=story.today("tac"))
    assert [(line.name, line.applies_on, line.code) for line in seen.lines] == [
        ("Ana Mora", date(2027, 6, 30), None),
        ("Ben Ito", date(2027, 6, 3), None),
    ]
    # 8333 and 858 of tax instead of 7900 and 814
    assert (seen.holders, seen.extra_cents, seen.extra_tax_cents) == (2, 866, 88)
    assert [(m.month, m.holders, m.total_cents) for m in seen.months] == [(JUNE_1, 2, 954)]
    assert seen.monthly_cents == 866
    for _ in range(2):  # twice is once
        run_txn(
            lambda: price_rises.announce(
                rise.id, by=OWNER, on=story.today("tac"), now=time_of.now()
            )
        )
    story.live("2027-07-01 12:00", "tac")
    paid = {bills(who)[-1].total_cents for who in people}
    assert paid == {seen.lines[0].new_cents + 858}
    assert complaints(story) == []


def test_preview_counts_no_tax_of_a_member_whose_certificate_holds_on_the_day(
    story: Story,
) -> None:
    ana = member(story, "Ana Mora", "2027-04-30 10:00", "tac")
    ben = member(story, "Ben Ito", "2027-05-03 10:00", "tac")
    for who, until in ((ana, date(2027, 6, 30)), (ben, date(2027, 6, 2))):
        run_txn(
            lambda who=who, until=until: exemptions.record(
                who.member_id,
                place=story.place("tac"),
                certificate="R-1204",
                ground="a church",
                valid_from=date(2027, 6, 1),
                valid_until=until,
                by=OWNER,
                now=time_of.now(),
            )
        )
    story.go("2027-05-04 10:00", "tac")
    seen = price_rise_preview.preview(draft(story, "tac", cents=8333), on=story.today("tac"))
    assert [(line.name, line.applies_on, line.extra_tax_cents) for line in seen.lines] == [
        ("Ana Mora", date(2027, 6, 30), 0),
        ("Ben Ito", date(2027, 6, 3), 44),
    ]
    assert (seen.extra_cents, seen.extra_tax_cents) == (866, 44)


def test_day_without_room_for_the_notices_and_a_price_that_is_no_rise_are_refused(
    story: Story,
) -> None:
    member(story, "Ana Mora", "2027-05-10 10:00", "sea")
    with pytest.raises(Invalid) as soon:
        draft(story, "sea", cents=8500, since=date(2027, 5, 23))
    assert soon.value.fields[0].field == "/effective_from"
    with pytest.raises(Invalid) as cheaper:
        draft(story, "sea", cents=7900, since=date(2027, 5, 24))
    assert cheaper.value.fields[0].field == "/price"
    rise = draft(story, "sea", cents=7901, since=date(2027, 5, 24))
    story.go("2027-05-11 10:00")
    with pytest.raises(Invalid):
        run_txn(
            lambda: price_rises.announce(
                rise.id, by=OWNER, on=story.today("sea"), now=time_of.now()
            )
        )


def test_member_who_changes_to_another_plan_keeps_what_they_consented_to(story: Story) -> None:
    ana = member(story, "Ana Mora", "2027-05-10 10:00", "sea")
    announce(story, "sea", cents=8500)
    story.live("2027-05-28 12:00")
    run_txn(
        lambda: changes.pend(
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
