"""Holds of other plans, on other dates, in other zones; in arrears, and for one's health."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from billing.holds import holding
from billing.payments import hosted
from billing.sales import sales
from config import clock as time_of
from config.audit import Actor
from config.calendar import Period
from config.db import db, run_txn
from config.errors import Invalid, Refused
from membership.holds import holds, medical_holds
from membership.models import Hold, MemberPack, PrivateReason
from tests.stories.test_07_hold import last_days, moves, renewals, rests, returns, with_a_plan
from tests.support.story import Person, Story
from tests.support.story_facts import bills, booked, complaints, letters, plans, taken

WHY = "because of my knee"


def hold_of(who: Person) -> Hold:
    query = sa.select(Hold).where(Hold.membership_id == plans(who)[0].id).order_by(Hold.id.desc())
    found = db.session.scalars(query.execution_options(populate_existing=True)).first()
    assert found is not None
    return found


def on_sick_leave(story: Story, who: Person, first: str, back: str) -> Hold:
    """Asked for by the member with a reason, granted by the manager at once."""
    (plan,) = plans(who)
    on, now = story.today(who.home), time_of.now()
    span = Period(date.fromisoformat(first), date.fromisoformat(back))

    def ask() -> Hold:
        hold = medical_holds.request(
            plan.id, span=span, on=on, by=Actor(who.account_id, "member"), now=now
        )
        medical_holds.keep_reason(hold, member_id=who.member_id, text=WHY, now=now)
        return hold

    manager = story.studio.staff[f"manager {who.home}"]
    return holding.grant_medical(run_txn(ask).id, on=on, by=Actor(manager.id, manager.name))


@pytest.mark.parametrize(
    ("slug", "plan", "cents", "fee"),
    [("boi", "MAINT-2", 8374, 2120), ("phx", "MAINT-4", 13900, 2000)],
)
def test_from_january_31_over_a_short_month_42_days_lead_from_february_28_to_april_11(
    story: Story, slug: str, plan: str, cents: int, fee: int
) -> None:
    ana = with_a_plan(story, plan, "2027-01-31 10:00", slug)
    story.live("2027-02-10 12:00", slug)
    rests(story, ana, "2027-02-20", "2027-04-03")
    assert bills(ana)[-1].total_cents == fee
    story.live("2027-04-12 12:00", slug)
    (held,) = plans(ana)
    assert renewals(ana) == ["2027-01-31", "2027-04-11"]
    assert (held.next_due_on, held.anchor_day) == (date(2027, 5, 11), 11)
    assert taken(story) == [cents, fee, cents]
    assert complaints(story) == []


def test_gone_and_back_on_the_same_day_the_31st_stays_the_31st(story: Story) -> None:
    ana = with_a_plan(story, "MAINT-2", "2027-01-31 10:00", "tac")
    story.live("2027-02-10 12:00", "tac")
    rests(story, ana, "2027-02-10", "2027-03-02")
    assert plans(ana)[0].status == "frozen"
    returns(story, ana)
    (plan,) = plans(ana)
    assert (plan.status, plan.anchor, plan.anchor_day) == ("active", date(2027, 1, 31), 31)
    story.live("2027-04-01 12:00", "tac")
    assert renewals(ana) == ["2027-01-31", "2027-02-28", "2027-03-31"]
    assert complaints(story) == []


def test_a_hold_from_the_due_date_itself_bills_nothing_on_it(story: Story) -> None:
    ana = with_a_plan(story, "MAINT-4", "2027-02-10 10:00", "boi")
    story.live("2027-03-01 12:00", "boi")
    rests(story, ana, "2027-03-10", "2027-03-24")
    story.live("2027-03-24 12:00", "boi")
    assert renewals(ana) == ["2027-02-10", "2027-03-24"]
    assert last_days(ana) == ["2027-04-23", "2027-05-23"]  # rolled over, and new
    assert complaints(story) == []


def test_asked_for_on_the_renewals_own_day_the_paid_month_waits_for_its_member(
    story: Story,
) -> None:
    ana = with_a_plan(story, "UNLIMITED", "2027-02-10 10:00")
    story.live("2027-03-10 12:00")
    rests(story, ana, "2027-03-10", "2027-03-25")
    story.live("2027-04-26 12:00")
    assert renewals(ana) == ["2027-02-10", "2027-03-10", "2027-04-25"]
    assert complaints(story) == []


@pytest.mark.parametrize("slug", ["sea", "boi"])
def test_over_the_night_of_march_14_an_unlimited_plan_earns_nothing_on_hold(
    story: Story, slug: str
) -> None:
    ana = with_a_plan(story, "UNLIMITED", "2027-03-01 10:00", slug)  # 600 a day
    story.live("2027-03-05 12:00", slug)
    rests(story, ana, "2027-03-11", "2027-03-18")
    story.live("2027-03-13 12:00", slug)
    assert booked(story, "earned_time", slug) == 6000
    story.live("2027-03-18 09:30", slug)
    assert booked(story, "earned_time", slug) == 6000
    assert plans(ana)[0].status == "active"
    story.live("2027-04-08 09:30", slug)
    assert booked(story, "earned_time", slug) == 18600  # the last day of it was April 7th
    assert [booked(story, "earned_time", slug, on=date(2027, 3, day)) for day in (10, 11, 17, 18)] \
        == [600, 0, 0, 600]  # fmt: skip
    assert complaints(story) == []


def test_down_for_four_days_over_the_end_of_a_hold_and_the_start_of_another(story: Story) -> None:
    story.go("2027-08-10 10:00", "boi")
    ana = story.join("Ana Mora", "MAINT-2", at="boi")
    ben = story.join("Ben Ito", "MAINT-4", at="boi")
    story.live("2027-08-20 12:00", "boi")
    rests(story, ana, "2027-08-27", "2027-09-05")
    rests(story, ben, "2027-09-04", "2027-09-18")
    story.live("2027-09-02 23:00", "boi")
    story.go("2027-09-07 10:00", "boi")
    for _ in range(2):
        story.work("boi")
    assert [plans(who)[0].status for who in (ana, ben)] == ["active", "frozen"]
    assert moves(ana)[1:] == [("2027-08-27", "frozen", -7900), ("2027-09-05", "resumed", 7900)]
    assert moves(ben)[1:] == [("2027-09-04", "frozen", -13900)]
    story.live("2027-09-25 12:00", "boi")
    assert renewals(ana) == ["2027-08-10", "2027-09-19"]
    assert renewals(ben) == ["2027-08-10", "2027-09-24"]
    assert complaints(story) == []


def test_who_owes_an_invoice_gets_no_hold_and_one_planned_before_is_dropped_and_told(
    story: Story,
) -> None:
    ana = with_a_plan(story, "MAINT-2", "2027-02-10 10:00", "tac")
    story.live("2027-03-01 12:00", "tac")
    rests(story, ana, "2027-03-12", "2027-04-02")
    story.bank_says(ana, {"outcome": "insufficient_funds", "times": 1})
    story.live("2027-03-10 12:00", "tac")
    assert plans(ana)[0].status == "grace"
    with pytest.raises(Refused) as owing:
        rests(story, ana, "2027-03-20", "2027-04-02")
    assert owing.value.code == "in_arrears"
    story.live("2027-03-12 00:30", "tac")
    assert hold_of(ana).state == "dropped"
    assert len(letters(ana, "hold_dropped")) == 1
    assert plans(ana)[0].next_due_on == date(2027, 4, 10)
    assert complaints(story) == []


def test_a_medical_hold_costs_nothing_rests_the_recovery_and_moves_a_pack(story: Story) -> None:
    ana = with_a_plan(story, "MAINT-2", "2027-02-10 10:00", "sea")
    pack_until = bought_pack(story, ana)
    story.bank_says(ana, {"outcome": "insufficient_funds", "times": 1})
    story.live("2027-03-11 12:00")
    assert plans(ana)[0].status == "grace"
    hold = on_sick_leave(story, ana, "2027-03-11", "2027-04-10")
    (plan,) = plans(ana)
    assert (plan.status, hold.kind, hold.state) == ("frozen", "medical", "running")
    story.live("2027-04-09 12:00")
    assert [bill.reason for bill in bills(ana)] == ["first_period", "pack", "renewal"]
    assert bills(ana)[-1].state == "open"  # nobody asked for the money meanwhile
    story.live("2027-04-10 12:00")
    assert plans(ana)[0].status == "grace"
    story.live("2027-04-12 12:00")
    assert (bills(ana)[-1].state, plans(ana)[0].status) == ("paid", "active")
    moved = db.session.scalars(
        sa.select(MemberPack.first_use_by).execution_options(populate_existing=True)
    ).one()
    assert moved is not None
    assert (moved - pack_until).days == 30
    assert renewals(ana) == ["2027-02-10", "2027-03-10"]
    assert plans(ana)[0].next_due_on == date(2027, 5, 10)
    assert complaints(story) == []


def bought_pack(story: Story, who: Person) -> date:
    """An unopened booster beside the plan; until when it must be opened."""
    now = time_of.now()
    placed = run_txn(
        lambda: sales.place_pack(
            member_id=who.member_id,
            pack_version_id=story.studio.packs["BOOSTER-3"],
            location_id=story.place(who.home).id,
            now=now,
        )
    )
    story.pay(hosted.open_page(placed.attempt_id, gateway=story.gateway, now=now))
    until = db.session.scalars(
        sa.select(MemberPack.first_use_by).where(MemberPack.member_id == who.member_id)
    ).one()
    assert until is not None
    return until


def test_why_somebody_is_ill_is_written_in_one_place_and_can_be_erased(story: Story) -> None:
    ana = with_a_plan(story, "MAINT-2", "2027-02-10 10:00")
    hold = on_sick_leave(story, ana, "2027-02-20", "2027-03-10")
    story.tick()
    assert medical_holds.reason_of(hold.id, member_id=ana.member_id) == WHY
    written = [
        table.name
        for table in db.metadata.sorted_tables
        for row in db.session.execute(sa.select(table))
        if WHY in repr(row)
    ]
    assert written == ["private_reason"]
    run_txn(lambda: medical_holds.forget_reason(hold.id, member_id=ana.member_id))
    assert db.session.scalars(sa.select(PrivateReason)).all() == []
    assert hold_of(ana).state == "scheduled"
    assert moves(ana) == [("2027-02-10", "new", 7900)]


def test_a_running_hold_is_extended_for_the_difference_and_refused_past_ninety_days(
    story: Story,
) -> None:
    ana = with_a_plan(story, "MAINT-4", "2027-02-10 10:00")
    story.live("2027-03-01 12:00")
    rests(story, ana, "2027-03-05", "2027-04-04")
    story.live("2027-03-15 12:00")
    (plan,) = plans(ana)
    with pytest.raises(Refused) as again:
        rests(story, ana, "2027-03-20", "2027-04-04")
    assert again.value.code == "already_frozen"
    on, by, until = story.today("sea"), Actor(ana.account_id, "member"), date(2027, 5, 10)
    said = holding.quote_extension(plan.id, until=until, on=on)
    assert said.fee is not None
    assert said.outlook.next_charge is not None
    holding.extend(plan.id, until=until, on=on, by=by)
    assert bills(ana)[-1].total_cents == said.fee.total_cents == 2207  # 66 days: two fees more
    assert plans(ana)[0].next_due_on == said.outlook.next_charge.on == date(2027, 5, 15)
    with pytest.raises(Invalid, match="7 to 90 days"):
        holding.extend(plan.id, until=date(2027, 6, 4), on=on, by=by)
    story.live("2027-05-16 12:00")
    assert renewals(ana) == ["2027-02-10", "2027-05-15"]
    assert complaints(story) == []


def test_cancelled_while_it_rests_a_plan_ends_with_its_shifted_period(story: Story) -> None:
    ana = with_a_plan(story, "MAINT-4", "2027-02-10 10:00", "boi")
    story.live("2027-03-01 12:00", "boi")
    rests(story, ana, "2027-03-05", "2027-04-04")
    story.live("2027-03-20 12:00", "boi")
    story.cancel(ana)
    assert plans(ana)[0].ends_on == date(2027, 4, 9)
    returns(story, ana)
    assert plans(ana)[0].ends_on == date(2027, 3, 25)
    story.live("2027-03-25 12:00", "boi")
    assert plans(ana)[0].status == "ended"
    assert renewals(ana) == ["2027-02-10"]
    assert complaints(story) == []


def test_a_hold_called_off_before_it_begins_moves_nothing(story: Story) -> None:
    ana = with_a_plan(story, "MAINT-2", "2027-02-10 10:00")
    story.live("2027-03-01 12:00")
    rests(story, ana, "2027-03-05", "2027-04-04")
    (plan,) = plans(ana)
    by, now = Actor(ana.account_id, "member"), time_of.now()
    run_txn(lambda: holds.call_off(plan.id, by=by, now=now))
    story.live("2027-03-11 12:00")
    assert renewals(ana) == ["2027-02-10", "2027-03-10"]
    assert hold_of(ana).state == "dropped"
    assert complaints(story) == []
