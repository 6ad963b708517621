"""Story 8: another plan the day before its renewal, now or with it; never both are billed."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from billing.plan_changes import changing
from config import clock as time_of
from config.db import db, run_txn
from config.errors import Refused
from membership.changes import change_rows, changes
from membership.models import Consent, PlanChange
from tests.support.story import Person, Story
from tests.support.story_changes import change_later, change_now, proof, quoted, undo
from tests.support.story_facts import bills, booked, complaints, movements, plans, taken

MAINT_2, MAINT_4 = 8718, 15339  # a whole month at Seattle, tax included


def member_since_may_10(story: Story) -> Person:
    story.go("2027-05-10 10:00")
    return story.join("Ana Mora", "MAINT-2")


def test_both_ways_are_quoted_on_june_9(story: Story) -> None:
    ana = member_since_may_10(story)
    story.live("2027-06-09 12:00")
    found = quoted(story, ana, "MAINT-4")
    assert found.now is not None
    assert (found.now.back.net_cents, found.now.back.tax_cents) == (-255, -26)
    assert (found.now.taken.net_cents, found.now.taken.tax_cents) == (448, 46)
    assert (found.now.total_cents, found.now.extra_credits) == (213, 0)
    assert (found.now.days, found.now.of_days) == (1, 31)
    assert (found.renewal.on, found.renewal.charge.total_cents) == (date(2027, 6, 10), MAINT_4)


def test_ana_upgrades_now_pays_213_and_15339_the_next_day(story: Story) -> None:
    ana = member_since_may_10(story)
    story.live("2027-06-09 12:00")
    page = change_now(story, ana, "MAINT-4")
    assert page is not None
    story.pay(page)
    assert taken(story) == [MAINT_2, 213]
    assert plans(ana)[0].price_cents == 13900
    assert movements(ana, "revalue") == [(date(2027, 6, 9), 0, 193)]
    assert complaints(story) == []
    story.live("2027-06-12 12:00")
    assert taken(story) == [MAINT_2, 213, MAINT_4]
    assert [bill.reason for bill in bills(ana)] == ["first_period", "change", "renewal"]
    assert all(bill.consent_id == plans(ana)[0].consent_id for bill in bills(ana)[1:])
    assert complaints(story) == []


def test_ana_upgrades_with_the_renewal_and_pays_15339_once(story: Story) -> None:
    ana = member_since_may_10(story)
    story.live("2027-06-09 12:00")
    change_later(story, ana, "MAINT-4")
    assert taken(story) == [MAINT_2]
    story.live("2027-06-12 12:00")
    assert taken(story) == [MAINT_2, MAINT_4]
    assert plans(ana)[0].price_cents == 13900
    assert complaints(story) == []


def test_with_both_sessions_used_the_193_are_earned_at_once(story: Story) -> None:
    ana = member_since_may_10(story)
    for day in (12, 14):
        story.go(f"2027-05-{day} 12:00")
        story.come(ana)
    story.live("2027-06-09 12:00")
    page = change_now(story, ana, "MAINT-4")
    assert page is not None
    story.pay(page)
    assert booked(story, "earned_sessions", "sea", on=date(2027, 6, 9)) == 193
    assert booked(story, "deferred_sessions", "sea") == 0
    assert complaints(story) == []


def test_page_that_is_left_changes_nothing_and_blocks_nothing(story: Story) -> None:
    ana = member_since_may_10(story)
    story.live("2027-06-09 12:00")
    change_now(story, ana, "MAINT-4")
    assert change_rows.live_of(plans(ana)[0].id) is not None
    undo(story, ana)
    assert change_rows.live_of(plans(ana)[0].id) is None
    story.live("2027-06-12 12:00")
    assert taken(story) == [MAINT_2, MAINT_2]
    assert len(bills(ana)) == 2
    assert complaints(story) == []


def test_change_with_the_renewal_is_taken_back_and_the_old_price_holds(story: Story) -> None:
    ana = member_since_may_10(story)
    story.live("2027-06-01 12:00")
    first = change_later(story, ana, "UNLIMITED")
    second = change_later(story, ana, "MAINT-4")
    assert (_state(first), _state(second)) == ("replaced", "pending")
    undo(story, ana)
    assert _state(second) == "undone"
    with pytest.raises(Refused) as nothing:
        undo(story, ana)
    assert nothing.value.code == "nothing_to_undo"
    story.live("2027-06-12 12:00")
    assert taken(story) == [MAINT_2, MAINT_2]
    assert complaints(story) == []


def test_unpaid_change_today_lets_the_one_that_waited_wait_again(story: Story) -> None:
    ana = member_since_may_10(story)
    story.live("2027-06-08 12:00")
    later = change_later(story, ana, "UNLIMITED")
    change_now(story, ana, "MAINT-4")
    assert _state(later) == "replaced"
    undo(story, ana)
    assert _state(later) == "pending"
    story.live("2027-06-12 12:00")
    assert taken(story) == [MAINT_2, 18600 + 1925]
    assert complaints(story) == []


def test_renewal_waits_while_the_card_page_is_open_and_the_late_payment_is_adopted_first(
    story: Story,
) -> None:
    ana = member_since_may_10(story)
    story.live("2027-06-09 23:50")
    page = change_now(story, ana, "MAINT-4")
    assert page is not None
    story.go("2027-06-10 00:06")
    story.work("sea")
    assert taken(story) == [MAINT_2], "the change comes first"
    story.pay(page)
    story.work("sea")
    assert taken(story) == [MAINT_2, 213, MAINT_4]
    assert complaints(story) == []


def test_amounts_that_have_changed_since_they_were_shown_are_shown_again(story: Story) -> None:
    ana = member_since_may_10(story)
    story.live("2027-06-08 12:00")
    seen = quoted(story, ana, "MAINT-4").now_text
    story.live("2027-06-09 12:00")
    with pytest.raises(Refused) as changed:
        changing.change_now(
            plans(ana)[0].id,
            to_version_id=story.studio.plans["MAINT-4"],
            proof=proof(ana, seen),
            gateway=story.gateway,
            now=time_of.now(),
        )
    assert changed.value.code == "terms_changed"
    assert change_rows.live_of(plans(ana)[0].id) is None


def test_desk_changes_to_a_cheaper_plan_and_leaves_a_dearer_one_to_the_member(
    story: Story,
) -> None:
    story.go("2027-05-10 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    story.live("2027-05-20 12:00")
    desk = proof(ana, None).by
    for to, code in (("UNLIMITED", "needs_agreement"), ("MAINT-2", None)):
        seen = quoted(story, ana, to).renewal_text
        ask = partial(
            changes.ask_for_member,
            plans(ana)[0].id,
            to_version_id=story.studio.plans[to],
            by=desk,
            seen=seen,
            on=date(2027, 5, 20),
            now=time_of.now(),
        )
        if code is None:
            run_txn(ask)
            continue
        with pytest.raises(Refused) as refused:
            run_txn(ask)
        assert refused.value.code == code
    story.live("2027-06-11 12:00")
    assert taken(story) == [MAINT_4, MAINT_2]
    assert complaints(story) == []


def test_cancelled_plan_takes_no_change_and_a_change_does_not_outlive_it(story: Story) -> None:
    ana = member_since_may_10(story)
    story.live("2027-05-20 12:00")
    change = change_later(story, ana, "MAINT-4")
    story.cancel(ana)
    with pytest.raises(Refused) as refused:
        change_later(story, ana, "UNLIMITED")
    assert refused.value.code == "cancel_pending"
    story.live("2027-06-12 12:00")
    assert taken(story) == [MAINT_2]
    assert _state(change) == "dropped"
    consent = db.session.get_one(Consent, change.consent_id, populate_existing=True)
    assert consent.state == "lapsed"
    assert complaints(story) == []


def _state(change: PlanChange) -> str:
    return db.session.get_one(PlanChange, change.id, populate_existing=True).state
