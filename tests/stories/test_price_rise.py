"""A price rise: told twice, charged from nine, and what was seen before is what is charged."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from config import clock as time_of
from config.db import db, run_txn
from config.errors import Invalid
from membership.catalogue import catalog
from membership.models import MrrMove
from membership.people import exemptions
from membership.plans import plan_overview
from membership.price_rises import price_rise_preview, price_rises
from tests.support.story import EIGHT_AND_NINE, Story
from tests.support.story_facts import bills, complaints, left_at, letters, taken
from tests.support.story_rises import JUNE_1, JUNE_10, OWNER, announce, draft, member, outcome


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
