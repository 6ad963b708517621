"""Plans ended for their members at the desk, exits by law, and a studio's notice and commitment."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from billing.leaving import exits, law_exits, ways_out
from config.audit import Actor
from config.db import db, transaction
from config.errors import Refused
from config.models import AuditEntry, OutboxMessage
from locations import policy_overrides
from locations.policy import policy_for
from membership.endings import exit_requests
from membership.models import Membership, PlanVersion, PrivateReason
from membership.rules.exits import Ground
from tests.support.story import Person, Story
from tests.support.story_facts import (
    bills,
    booked,
    complaints,
    letters,
    pack,
    plans,
    taken,
    the_consent,
)

MANAGER = Actor(None, "the manager")
WHY = "A slipped disc, marker 8141"


def grant(story: Story, who: Person, ground: Ground, text: str = "") -> dict[str, int]:
    return dict(
        law_exits.grant(who.member_id, ground=ground, text=text, by=MANAGER, gateway=story.gateway)
    )


def test_an_exit_by_law_ends_plan_and_packs_and_its_reason_is_nowhere_but_in_its_own_table(
    story: Story,
) -> None:
    story.go("2027-05-10 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-4", at="boi")
    story.go("2027-05-12 10:00", "boi")
    story.come(ben)
    with transaction():
        exit_requests.ask(
            ben.member_id, text=f"disability: {WHY}", now=story.clock.now(), by=MANAGER
        )
        exit_requests.note(ben.member_id, now=story.clock.now(), by=MANAGER)
        assert exit_requests.is_asked(ben.member_id)
        waiting = exit_requests.waiting([story.place("boi").id], on=date(2027, 5, 12))
        assert [member.id for member in waiting] == [ben.member_id]
    (quoted,) = law_exits.quotes(ben.member_id)
    assert grant(story, ben, "disability") == {"USD": quoted.quote.refund_cents}
    # 13900 in four, one used: 10425, and of 834 tax 625.5, half up
    assert quoted.quote.refund_cents == 10425 + 626
    assert plans(ben)[0].end_reason == "statutory_exit"
    assert not exit_requests.is_asked(ben.member_id)
    story.work("boi")
    (kept,) = db.session.scalars(sa.select(PrivateReason)).all()
    assert (kept.source_id, kept.text) == (plans(ben)[0].id, f"disability: {WHY}")
    told = [str(row.context) for row in db.session.scalars(sa.select(OutboxMessage))]
    written = [f"{row.action} {row.facts}" for row in db.session.scalars(sa.select(AuditEntry))]
    for text in told + written:
        assert "8141" not in text
        assert "disab" not in text
    assert complaints(story) == []


def test_where_somebody_died_no_letter_leaves(story: Story) -> None:
    story.go("2027-05-10 10:00", "boi")
    ben = story.join("Ben Ito", "UNLIMITED", at="boi")
    story.live("2027-05-20 12:00", "boi")
    assert grant(story, ben, "death") == {"USD": 12600 + 756}  # 21 of 31 days
    assert letters(ben, "membership_cancelled") == []
    assert complaints(story) == []


def test_in_arrears_an_exit_by_law_voids_what_was_asked_for_even_where_some_was_used(
    story: Story,
) -> None:
    story.go("2027-05-10 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.bank_says(ben, *[{"outcome": "insufficient_funds", "times": 1}] * 9)
    story.live("2027-06-11 12:00", "boi")
    assert plans(ben)[0].status == "grace"
    story.come(ben)  # May's rolled over, or June's: the soonest to expire
    story.come(ben)
    story.come(ben)
    assert grant(story, ben, "moved") == {}
    assert [bill.state for bill in bills(ben)] == ["paid", "void"]
    assert taken(story) == [8374]
    assert booked(story, "receivable", "boi") == 0
    assert complaints(story) == []


def test_a_ground_that_a_studio_does_not_know_is_refused(story: Story) -> None:
    story.go("2027-05-10 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    with transaction():
        policy_overrides.set_rule(
            location_id=story.place("boi").id,
            land=policy_for("US-default", date(2027, 5, 10)),
            rule="statutory_exits",
            setting="disability,death,closure",
            effective_from=date(2027, 5, 10),
            reason="Counsel: moving is no ground here.",
            on=date(2027, 5, 10),
            by=MANAGER,
            now=story.clock.now(),
        )
    with pytest.raises(Refused) as refused:
        grant(story, ben, "moved")
    assert refused.value.code == "not_a_ground"
    assert grant(story, ben, "disability") == {"USD": 8374}


def bind(plan_id: object, *, notice_days: int, committed_until: date | None) -> None:
    """The terms of a plan that binds, as its version would have them."""
    with transaction():
        plan = db.session.get_one(Membership, plan_id)
        plan.committed_until = committed_until
        db.session.get_one(PlanVersion, plan.plan_version_id).notice_days = notice_days


def test_notice_and_commitment_let_a_plan_renew_and_the_page_says_when(story: Story) -> None:
    story.go("2027-06-01 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    plan = plans(ben)[0]
    bind(plan.id, notice_days=30, committed_until=None)
    story.go("2027-06-12 15:00", "boi")
    shown = ways_out.shown(plans(ben)[0], on=story.today("boi"))
    assert shown["last_access_on"] == date(2027, 7, 31)
    assert shown["still_charged_on"] == [date(2027, 7, 1)]
    assert story.cancel(ben).last_access_on == date(2027, 7, 31)
    (letter,) = letters(ben, "membership_cancelled")
    assert letter.context["still_charged_on"] == "July 1, 2027"
    story.live("2027-08-02 12:00", "boi")
    assert taken(story) == [8374, 8374]
    assert plans(ben)[0].ended_on == date(2027, 8, 1)


def test_a_commitment_binds_in_boise_for_a_year_at_most_and_in_seattle_not_at_all(
    story: Story,
) -> None:
    story.go("2027-06-01 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    ana = story.join("Ana Mora", "MAINT-4")
    for who in (ben, ana):
        bind(plans(who)[0].id, notice_days=60, committed_until=date(2029, 6, 1))
    assert story.cancel(ben).last_access_on == date(2028, 5, 31)
    assert story.cancel(ana).last_access_on == date(2027, 6, 30)
    # and no notice stands in the way of the law
    assert grant(story, ben, "moved") == {"USD": 8374}


def test_a_pack_is_given_back_in_tacoma_with_what_is_unused(story: Story) -> None:
    story.go("2027-05-03 10:00", "tac")
    cleo = story.join("Cleo Diaz", "STARTER-3", at="tac")
    story.come(cleo)
    story.go("2027-05-07 10:00", "tac")  # the fourth business day
    held, on, by = pack(cleo), story.today("tac"), Actor(cleo.account_id, "member")
    with pytest.raises(Refused) as late:
        exits.quote_pack(held.id, "cooling_off", on=on)
    assert late.value.code == "too_late"
    quoted = exits.quote_pack(held.id, "refund_unused", on=on)
    assert exits.leave_pack(held.id, "refund_unused", on=on, by=by) == quoted
    assert (quoted.refund_cents, quoted.kept_cents) == (6600 + 680, 3300 + 340)
    assert pack(cleo).state == "cancelled"
    assert booked(story, "refunds_due", "tac") == 7280
    with pytest.raises(Refused) as again:
        exits.leave_pack(held.id, "refund_unused", on=on, by=by)
    assert again.value.code == "nothing_left"
    assert len(letters(cleo, "pack_given_back")) == 1
    assert complaints(story) == []


def test_what_expired_refundable_goes_back_in_money_and_what_became_ours_does_not(
    story: Story,
) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "STARTER-3")
    ben = story.join("Ben Ito", "STARTER-3", at="boi")
    story.come(ana)
    story.come(ben)
    story.live("2027-01-15 12:00")
    story.work()
    assert (pack(ana).state, pack(ben).state) == ("expired", "expired")
    assert booked(story, "expired_refundable", "sea") == 6600
    on, by = story.today("sea"), Actor(ana.account_id, "member")
    found = exits.leave_pack(pack(ana).id, "refund_unused", on=on, by=by)
    assert found.refund_cents == 6600 + 683  # of 1025 tax two thirds
    assert booked(story, "expired_refundable", "sea") == 0
    assert booked(story, "refunds_due", "sea") == 7283
    assert grant(story, ben, "moved") == {}
    assert booked(story, "breakage", "boi") == 6600
    assert complaints(story) == []


def test_a_starter_undone_in_time_gives_all_back_and_takes_its_consent_along(
    story: Story,
) -> None:
    story.go("2027-01-04 10:00", "boi")
    ben = story.join("Ben Ito", "STARTER-3", at="boi", agrees_to="MAINT-2")
    story.come(ben, at="sea")
    story.go("2027-01-07 23:00", "boi")
    on, by = story.today("boi"), Actor(ben.account_id, "member")
    found = exits.leave_pack(pack(ben).id, "cooling_off", on=on, by=by)
    assert (found.refund_cents, found.kept_cents) == (9900 + 594, 0)
    assert the_consent(ben).state == "lapsed"
    assert booked(story, "earned_sessions", "sea") == 0
    story.live("2027-01-20 12:00", "boi")
    assert plans(ben) == []
    assert complaints(story) == []
