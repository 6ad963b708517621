"""Story 18, second half: a cancellation taken back, and plans that end at once with money back."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from billing import endings, exits, holding, rehearsals, run
from billing.models import CreditNote
from billing.refunds_owed import Quote
from config.audit import Actor
from config.calendar import Interval, Period
from config.db import db, run_txn
from config.errors import Refused
from membership import catalog, product_versions, tier_rows
from membership.models import Charge, Membership
from membership.rules.catalog import PlanPriceTag
from membership.rules.exits import Exit
from tests.support.story import Person, Story
from tests.support.story_changes import change_now
from tests.support.story_facts import bills, booked, complaints, letters, plans, taken

JULY_1 = date(2027, 7, 1)


def plan_of(who: Person) -> Membership:
    return plans(who)[-1]


def actor(who: Person) -> Actor:
    return Actor(who.account_id, "member")


def leave(story: Story, who: Person, how: Exit) -> Quote:
    """Previews, ends, and holds the one against the other."""
    plan, on = plan_of(who), story.today(who.home)
    quoted = exits.quote_plan(plan.id, how, on=on)
    found = exits.leave_plan(plan.id, how, on=on, by=actor(who), gateway=story.gateway)
    assert found == quoted
    assert plan_of(who).status == "ended"
    return found


def owed_back(who: Person) -> list[tuple[int, int, date | None]]:
    """What is owed to a person, oldest first: net and tax in cents, and by when."""
    query = sa.select(Charge).where(Charge.member_id == who.member_id).order_by(Charge.id)
    return [(-row.net_cents, -row.tax_cents, row.due_on) for row in db.session.scalars(query)]


def test_ben_takes_it_back_on_june_30_and_is_charged_on_july_1_as_if_nothing_had_been(
    story: Story,
) -> None:
    story.go("2027-06-01 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.go("2027-06-12 15:00", "boi")
    story.cancel(ben)
    story.live("2027-06-30 20:00", "boi")
    due_on = endings.undo_cancel(plan_of(ben).id, on=story.today("boi"), by=actor(ben))
    assert (due_on, plan_of(ben).ends_on) == (JULY_1, None)
    story.live("2027-07-02 12:00", "boi")
    assert taken(story) == [8374, 8374]
    assert len(letters(ben, "cancel_undone")) == 1
    story.cancel(ben)
    story.tick()
    assert len(letters(ben, "membership_cancelled")) == 2
    assert complaints(story) == []


def test_what_has_ended_cannot_be_taken_back_whether_or_not_a_job_has_run(story: Story) -> None:
    story.go("2027-06-01 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    plan, by = plan_of(ben), actor(ben)
    with pytest.raises(Refused) as nothing:
        endings.undo_cancel(plan.id, on=story.today("boi"), by=by)
    assert nothing.value.code == "nothing_to_undo"
    story.cancel(ben)
    story.go("2027-07-01 00:01", "boi")
    with pytest.raises(Refused) as over:
        endings.undo_cancel(plan.id, on=JULY_1, by=by)
    assert over.value.code == "ended"
    story.work("boi")
    with pytest.raises(Refused) as ended:
        endings.undo_cancel(plan.id, on=JULY_1, by=by)
    assert ended.value.code == "ended"


def test_taken_back_after_the_run_had_listed_who_goes_on_it_is_charged_after_all(
    story: Story,
) -> None:
    story.go("2027-06-01 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.cancel(ben)
    assert rehearsals.rehearse(story.place("boi"), on=JULY_1).count == 0
    story.go("2027-06-30 23:59", "boi")
    endings.undo_cancel(plan_of(ben).id, on=story.today("boi"), by=actor(ben))
    story.go("2027-07-01 00:06", "boi")
    assert run.bill(story.place("boi"), on=JULY_1).issued == 1
    assert len(bills(ben)) == 2


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


def test_within_three_business_days_everything_goes_back_even_what_was_used(story: Story) -> None:
    story.go("2027-06-03 10:00")  # a Thursday
    ana = story.join("Ana Mora", "MAINT-4")
    story.come(ana)
    story.go("2027-06-07 23:59")  # Monday: the third after Friday and Saturday
    found = leave(story, ana, "cooling_off")
    assert (found.refund_cents, found.refund_tax_cents, found.kept_cents) == (15339, 1439, 0)
    for account in ("deferred_sessions", "earned_sessions", "sales_tax"):
        assert booked(story, account, "sea") == 0
    assert booked(story, "refunds_due", "sea") == 15339
    assert complaints(story) == []


def test_a_session_at_another_studio_is_taken_back_there(story: Story) -> None:
    story.go("2027-06-03 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    story.come(ana, at="tac")
    story.go("2027-06-04 10:00")
    leave(story, ana, "cooling_off")
    assert booked(story, "earned_sessions", "tac") == 0
    assert booked(story, "due_from", "tac") == booked(story, "due_to", "sea") == 0
    assert complaints(story) == []


def test_on_the_fourth_business_day_it_is_too_late_to_undo(story: Story) -> None:
    story.go("2027-11-24 10:00")  # the day before Thanksgiving; the day after does not count
    ana = story.join("Ana Mora", "MAINT-2")
    story.go("2027-11-30 23:59")
    exits.quote_plan(plan_of(ana).id, "cooling_off", on=story.today("sea"))
    story.go("2027-12-01 00:00")
    with pytest.raises(Refused) as late:
        leave(story, ana, "cooling_off")
    assert late.value.code == "too_late"


def test_ended_today_and_undone_tomorrow_brings_the_rest_back_too(story: Story) -> None:
    story.go("2027-06-03 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    story.come(ana)
    leave(story, ana, "end_now")
    story.go("2027-06-04 10:00")
    found = exits.leave_plan(
        plan_of(ana).id, "cooling_off", on=story.today("sea"), by=actor(ana), gateway=story.gateway
    )
    assert sum(net + tax for net, tax, _ in owed_back(ana)) == 15339
    assert found.refund_cents == 3475 + 360
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


def test_a_seattle_plan_that_ends_with_its_month_gives_back_what_was_not_used(
    story: Story,
) -> None:
    story.go("2027-06-01 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.come(ana)
    story.go("2027-06-12 15:00")
    story.cancel(ana)
    assert owed_back(ana) == []
    story.live("2027-07-01 00:10")
    story.work("sea")
    assert owed_back(ana) == [(3950, 409, date(2027, 7, 31))]
    held = plan_of(ana)
    assert (held.status, held.ended_on, held.end_reason) == ("ended", JULY_1, "cancelled")
    assert len(letters(ana, "plan_given_back")) == 1
    assert booked(story, "expired_refundable", "sea") == 0
    assert complaints(story) == []


def test_after_four_days_without_jobs_it_still_ends_on_its_day_and_once(story: Story) -> None:
    story.go("2027-06-01 10:00", "tac")
    cleo = story.join("Cleo Diaz", "MAINT-4", at="tac")
    ben = story.join("Ben Ito", "UNLIMITED", at="tac")
    for who in (cleo, ben):
        story.cancel(who)
    story.live("2027-06-29 12:00", "tac")
    story.go("2027-07-03 12:00", "tac")
    story.work("tac")
    story.work("tac")
    assert [plan_of(who).ended_on for who in (cleo, ben)] == [JULY_1, JULY_1]
    # MAINT-4: 13900 + 1432 tax, none used; promised on the day that is caught up
    assert owed_back(cleo) == [(13900, 1432, date(2027, 7, 31))]
    assert owed_back(ben) == []
    assert booked(story, "earned_time", "tac") == 18600
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


def test_a_change_undone_with_everything_else_gives_all_of_both_back(story: Story) -> None:
    story.go("2027-06-03 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.come(ana)
    story.go("2027-06-04 10:00")
    story.come(ana)
    page = change_now(story, ana, "MAINT-4")
    assert page is not None
    story.pay(page)
    found = leave(story, ana, "cooling_off")
    assert found.refund_cents == sum(taken(story))
    for account in ("deferred_sessions", "earned_sessions", "sales_tax"):
        assert booked(story, account, "sea") == 0
    assert complaints(story) == []


def test_a_joining_fee_is_kept_at_an_exit_and_goes_back_when_all_is_undone(story: Story) -> None:
    story.go("2027-06-03 10:00", "boi")
    run_txn(
        lambda: product_versions.new_plan_version(
            tier_rows.plan_of(story.studio.plans["MAINT-2"]),
            interval=Interval(1, "month"),
            allowance=2,
            rollover_cap=2,
            rollover_periods=1,
            prices={story.place("boi").id: PlanPriceTag(7900, 3500, 2500, 1000)},
            effective_from=story.today("boi"),
        )
    )
    new = catalog.offers(story.place("boi").id, story.today("boi")).plans[0].plan_version_id
    story.studio.plans["MAINT-2"] = new  # type: ignore[index]  # what is joined from now on
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    cleo = story.join("Cleo Diaz", "MAINT-2", at="boi")
    exit_of_ben = leave(story, ben, "statutory_exit")
    assert (exit_of_ben.refund_cents, exit_of_ben.kept_cents) == (8374, 2500 + 150)
    undone = leave(story, cleo, "cooling_off")
    assert (undone.refund_cents, undone.kept_cents) == (8374 + 2650, 0)
    assert booked(story, "fees", "boi") == 2500
    assert complaints(story) == []
