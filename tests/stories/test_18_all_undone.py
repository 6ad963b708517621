"""Story 18: within the days of grace by law everything goes back, even what was used."""

from __future__ import annotations

import pytest

from billing.leaving import exits
from config.calendar import Interval
from config.db import run_txn
from config.errors import Refused
from membership.catalogue import catalog, plan_names, product_versions
from membership.rules.catalog import PlanPriceTag
from tests.support.story import Story
from tests.support.story_changes import change_now
from tests.support.story_exits import actor, leave, owed_back, plan_of
from tests.support.story_facts import booked, complaints, taken


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
            plan_names.plan_of(story.studio.plans["MAINT-2"]),
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
