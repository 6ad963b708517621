"""Story 15: three periods in which a smaller plan was enough, and what was agreed beforehand."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from config import clock as time_of
from config import outbox
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Refused
from membership.journey import tier_choices, tier_rows
from membership.models import MrrMove, Notice, PlanChange, TierSuggestion
from membership.rules.tiers import AGREEMENT
from tests.support.story import Person, Story
from tests.support.story_facts import bills, complaints, left_at, letters, plans

JUNE_10 = date(2027, 6, 10)


def suggestions(who: Person) -> list[TierSuggestion]:
    query = sa.select(TierSuggestion).where(TierSuggestion.membership_id == plans(who)[0].id)
    query = query.order_by(TierSuggestion.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def changes_of(who: Person) -> list[tuple[str, str, date]]:
    query = sa.select(PlanChange).where(PlanChange.membership_id == plans(who)[0].id)
    found = db.session.scalars(
        query.order_by(PlanChange.id).execution_options(populate_existing=True)
    )
    return [(one.kind, one.state, one.effective_on) for one in found]


def mrr_moves(who: Person) -> list[tuple[str, date, int]]:
    query = sa.select(MrrMove).where(MrrMove.member_id == who.member_id).order_by(MrrMove.id)
    return [(one.kind, one.occurred_on, one.delta_cents) for one in db.session.scalars(query)]


def by(who: Person) -> Actor:
    return Actor(who.account_id, "member")


def agree(who: Person) -> None:
    plan_id = plans(who)[0].id
    run_txn(lambda: tier_choices.agree(plan_id, seen=AGREEMENT, by=by(who), now=time_of.now()))


def come_on(story: Story, who: Person, *walls: str) -> None:
    """Be let in on these days at noon, while the jobs do every day's work in between."""
    for wall in walls:
        story.live(f"{wall} 12:00", who.home)
        story.come(who)


def member_with_agreement(story: Story) -> Person:
    story.go("2027-02-10 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    agree(ana)
    return ana


def one_two_one(story: Story, who: Person) -> None:
    """One session in the period from February 10th, two in the next, one in the third."""
    come_on(story, who, "2027-02-20", "2027-03-12", "2027-04-02", "2027-04-20")


def test_ana_used_1_2_1_of_4_is_told_on_may_27_and_renews_at_maint_2_on_june_10(
    story: Story,
) -> None:
    ana = member_with_agreement(story)
    one_two_one(story, ana)
    story.live("2027-05-09 23:00")
    assert suggestions(ana) == []
    story.live("2027-05-26 23:00")
    assert changes_of(ana) == [("step_down", "pending", JUNE_10)]
    assert letters(ana, "notice_step_down") == []
    story.go("2027-05-27 08:00")
    story.tick()
    (letter,) = letters(ana, "notice_step_down")
    assert left_at(letter, "America/Los_Angeles") == "2027-05-27 08:00"
    assert letter.context["about_on"] == "June 10, 2027"
    assert (letter.context["price"], letter.context["total"]) == ("$79.00", "$87.18")
    story.live("2027-06-11 12:00")
    assert [(b.issued_on.month, b.total_cents) for b in bills(ana)] == [
        (2, 15339), (3, 15339), (4, 15339), (5, 15339), (6, 8718)
    ]  # fmt: skip
    assert mrr_moves(ana) == [
        ("new", date(2027, 2, 10), 13900),
        ("contraction", JUNE_10, -6000),
    ]
    (told,) = suggestions(ana)
    assert (told.kind, told.state, told.quiet_until) == ("step_down", "taken", date(2027, 8, 25))
    assert complaints(story) == []


def test_one_click_in_the_mail_keeps_the_plan_and_the_second_changes_nothing(
    story: Story,
) -> None:
    ana = member_with_agreement(story)
    one_two_one(story, ana)
    story.live("2027-05-28 12:00")
    (letter,) = letters(ana, "notice_step_down")
    path = letter.context["stay_path"]
    browser = story.app.test_client()
    page = browser.get(path, base_url="https://localhost")
    assert page.status_code == 200
    assert changes_of(ana) == [("step_down", "pending", JUNE_10)]  # looking decides nothing
    (told,) = suggestions(ana)
    for _ in range(2):
        run_txn(
            lambda: tier_choices.stay(told.id, by=by(ana), on=story.today("sea"), now=time_of.now())
        )
    assert changes_of(ana) == [("step_down", "undone", JUNE_10)]
    story.live("2027-08-24 12:00")
    assert [bill.total_cents for bill in bills(ana)] == [15339] * 7
    # Though June and July were low, too, nothing is suggested for 90 days.
    (told,) = suggestions(ana)
    assert told.state == "stayed"
    assert len(letters(ana, "notice_step_down")) == 1
    story.live("2027-09-10 12:00")
    assert len(suggestions(ana)) == 2
    assert complaints(story) == []


def test_a_running_period_that_passes_two_sessions_drops_it(story: Story) -> None:
    ana = member_with_agreement(story)
    one_two_one(story, ana)
    come_on(story, ana, "2027-05-12", "2027-05-20", "2027-06-08")
    story.live("2027-06-11 12:00")
    assert changes_of(ana) == [("step_down", "dropped", JUNE_10)]
    assert bills(ana)[-1].total_cents == 15339
    assert [one.state for one in suggestions(ana)] == ["dropped"]
    assert len(letters(ana, "step_down_dropped")) == 1


def test_a_session_on_the_last_evening_still_drops_it(story: Story) -> None:
    ana = member_with_agreement(story)
    one_two_one(story, ana)
    come_on(story, ana, "2027-05-12", "2027-05-20")
    story.live("2027-06-09 20:00")
    story.come(ana)
    story.live("2027-06-10 12:00")
    assert bills(ana)[-1].total_cents == 15339
    assert changes_of(ana) == [("step_down", "dropped", JUNE_10)]


def test_nobody_is_moved_whose_mail_came_back(story: Story) -> None:
    ana = member_with_agreement(story)
    one_two_one(story, ana)
    story.live("2027-05-27 10:00")
    (notice,) = db.session.scalars(sa.select(Notice).where(Notice.kind == "step_down"))
    assert notice.outbox_key is not None
    key = notice.outbox_key
    assert run_txn(lambda: outbox.bounce(key, reason="no such mailbox"))
    story.live("2027-06-10 12:00")
    assert changes_of(ana) == [("step_down", "dropped", JUNE_10)]
    assert bills(ana)[-1].total_cents == 15339


def test_without_an_agreement_it_is_an_offer_and_silence_changes_nothing(story: Story) -> None:
    story.go("2027-01-31 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-4", at="boi")
    story.live("2027-06-15 12:00", "boi")
    (offer,) = suggestions(ben)
    assert (offer.kind, offer.state, offer.made_on) == ("step_down", "made", date(2027, 4, 30))
    (letter,) = letters(ben, "notice_tier_offer")
    assert left_at(letter, "America/Boise") == "2027-04-30 09:00"
    assert letter.context["total"] == "$83.74"
    assert changes_of(ben) == []
    assert [bill.total_cents for bill in bills(ben)] == [14734] * 5
    assert complaints(story) == []


def test_unlimited_at_phoenix_steps_down_to_four_a_month_with_no_tax(story: Story) -> None:
    story.go("2027-01-05 10:00", "phx")
    cleo = story.join("Cleo Diaz", "UNLIMITED", at="phx")
    agree(cleo)
    come_on(story, cleo, "2027-01-10", "2027-02-10", "2027-03-10")
    story.live("2027-05-06 12:00", "phx")
    assert bills(cleo)[-1].total_cents == 13900
    assert mrr_moves(cleo)[-1] == ("contraction", date(2027, 5, 5), -4700)
    assert complaints(story) == []


def test_clock_that_was_down_over_the_periods_end_catches_up_and_tells_in_time(
    story: Story,
) -> None:
    ana = member_with_agreement(story)
    one_two_one(story, ana)
    story.live("2027-05-08 12:00")
    story.go("2027-05-12 15:00")
    for _ in range(3):
        story.work("sea")
    assert changes_of(ana) == [("step_down", "pending", JUNE_10)]
    story.live("2027-06-10 12:00")
    assert bills(ana)[-1].total_cents == 8718


def test_a_notice_that_the_clock_slept_through_puts_the_step_off_by_a_renewal(
    story: Story,
) -> None:
    ana = member_with_agreement(story)
    one_two_one(story, ana)
    story.live("2027-05-26 12:00")
    (planned,) = db.session.scalars(sa.select(Notice).where(Notice.kind == "step_down"))
    assert planned.leaves_at.isoformat() == "2027-05-27T15:00:00+00:00"
    story.go("2027-06-01 12:00")
    story.work("sea")
    story.live("2027-06-10 12:00")
    assert bills(ana)[-1].total_cents == 15339
    assert changes_of(ana) == [("step_down", "pending", date(2027, 7, 10))]
    story.live("2027-07-10 12:00")
    assert bills(ana)[-1].total_cents == 8718
    told = [letter.context["about_on"] for letter in letters(ana, "notice_step_down")]
    assert told == ["June 10, 2027", "July 10, 2027"]


def test_words_that_changed_are_read_once_more_and_what_is_taken_back_takes_the_step_with_it(
    story: Story,
) -> None:
    story.go("2027-02-10 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    plan_id = plans(ana)[0].id
    with pytest.raises(Refused) as other:
        run_txn(lambda: tier_choices.agree(plan_id, seen="yes", by=by(ana), now=time_of.now()))
    assert other.value.code == "terms_changed"
    agree(ana)
    one_two_one(story, ana)
    story.live("2027-05-12 12:00")
    run_txn(
        lambda: tier_choices.withdraw(plan_id, by=by(ana), on=story.today("sea"), now=time_of.now())
    )
    story.live("2027-06-10 12:00")
    assert changes_of(ana) == [("step_down", "undone", JUNE_10)]
    assert letters(ana, "notice_step_down") == []
    assert [one.state for one in suggestions(ana)] == ["stayed"]


def test_sessions_that_were_taken_back_are_not_counted(story: Story) -> None:
    ana = member_with_agreement(story)
    used = tier_rows.used_in(ana.member_id, start=date(2027, 2, 10), end=date(2027, 3, 10))
    assert used == 0
    story.come(ana)
    assert tier_rows.used_in(ana.member_id, start=date(2027, 2, 10), end=date(2027, 2, 11)) == 1
    assert tier_rows.used_in(ana.member_id, start=date(2027, 2, 11), end=date(2027, 3, 10)) == 0
