"""Story 4, its second half: a manager lengthens a window that has closed, with a reason."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from config import clock as time_of
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Invalid, Refused
from config.ids import new_id
from config.models import AuditEntry
from locations.models import JournalEntry
from membership.models import Charge, CreditEntry
from membership.packs import windows
from tests.support.story import EIGHT_AND_NINE, Person, Story
from tests.support.story_facts import booked, complaints, left_at, letters, movements, pack

JAN_14, JAN_15, JAN_17 = date(2027, 1, 14), date(2027, 1, 15), date(2027, 1, 17)


def extend(story: Story, who: Person, days: int, reason: str = "was ill") -> None:
    """The manager of the studio where it was sold gives some days more."""
    manager = story.studio.staff[f"manager {who.home}"]
    by, now = Actor(manager.id, manager.name), time_of.now()
    run_txn(lambda: windows.extend(pack(who).id, days=days, reason=reason, by=by, now=now))


def missed(story: Story) -> Person:
    """One session on January 4th, none after: two credits expired on the 14th."""
    ana = story.join("Ana Mora", "STARTER-3")
    story.come(ana)
    story.live("2027-01-15 10:00", looks=EIGHT_AND_NINE)
    assert booked(story, "expired_refundable", "sea") == 6600
    return ana


def test_three_days_more_on_the_15th_give_two_sessions_back_until_the_17th(story: Story) -> None:
    ana = missed(story)
    extend(story, ana, 3)
    found = pack(ana)
    assert (found.state, found.opened_on) == ("open", date(2027, 1, 4))
    assert found.window_end == found.phase_end == JAN_17
    assert movements(ana, "expire") == [(JAN_14, -2, -6600)], "the expiry stays as it was"
    assert movements(ana, "restore") == [(JAN_15, 2, 6600)]
    assert booked(story, "expired_refundable", "sea") == 0
    assert booked(story, "expired_refundable", "sea", on=JAN_15) == -6600
    back = db.session.scalars(sa.select(CreditEntry).where(CreditEntry.kind == "restore")).one()
    entry = db.session.scalars(
        sa.select(JournalEntry).where(JournalEntry.kind == "expiry_undone")
    ).one()
    assert back.reverses_id is not None
    assert (entry.reason, back.reason) == ("was ill", "was ill")
    assert db.session.get_one(JournalEntry, entry.corrects_id).source_id == back.reverses_id
    assert complaints(story) == []

    story.come(ana)
    story.live("2027-01-16 23:59", looks=EIGHT_AND_NINE)
    assert left_at(letters(ana, "notice_window")[-1], "America/Los_Angeles") == "2027-01-16 08:00"
    story.go("2027-01-17 00:00")
    story.work("sea")
    story.work("sea")
    assert movements(ana, "expire") == [(JAN_14, -2, -6600), (JAN_17, -1, -3300)]
    assert booked(story, "expired_refundable", "sea") == 3300
    assert complaints(story) == []


def test_the_reason_is_in_the_journal_with_both_ends(story: Story) -> None:
    ana = missed(story)
    extend(story, ana, 3, "was ill")
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "pack.extended")
    ).one()
    assert entry.actor_id == story.studio.staff["manager sea"].id
    assert entry.facts == {
        "days": 3, "from": "2027-01-14", "to": "2027-01-17", "reason": "was ill",
    }  # fmt: skip


def test_what_was_promised_back_in_money_becomes_no_session_again(story: Story) -> None:
    ana = missed(story)
    sold = pack(ana)
    promise = Charge(
        id=new_id(),
        member_id=ana.member_id,
        location_id=sold.sold_at,
        kind="refund_owed",
        state="owed",
        source_id=sold.id,
        product="STARTER-3",
        description="Two sessions of Starter 3",
        net_cents=-6600,
        tax_cents=-683,
        currency="USD",
        created_at=time_of.now(),
    )
    run_txn(lambda: db.session.add(promise))
    with pytest.raises(Refused) as refused:
        extend(story, ana, 3)
    assert refused.value.code == "refund_sent"
    assert pack(ana).state == "expired"
    assert movements(ana, "restore") == []


def test_a_second_time_gives_back_what_expired_the_second_time(story: Story) -> None:
    ana = missed(story)
    extend(story, ana, 3)
    story.live("2027-01-18 10:00")
    with pytest.raises(Invalid):
        extend(story, ana, 1)  # the 18th begins as it would end
    extend(story, ana, 5)
    assert pack(ana).window_end == date(2027, 1, 22)
    assert movements(ana, "restore") == [(JAN_15, 2, 6600), (date(2027, 1, 18), 2, 6600)]
    assert booked(story, "expired_refundable", "sea") == 0
    assert complaints(story) == []


def test_a_starter_in_boise_never_opened_waits_for_its_first_session_again(story: Story) -> None:
    story.go("2027-10-24 10:00", "boi")
    ben = story.join("Ben Ito", "STARTER-3", at="boi", agrees_to="MAINT-2")
    story.live("2027-11-09 10:00", "boi")  # the clocks fell back on the 7th
    assert pack(ben).state == "expired"
    assert booked(story, "breakage", "boi") == 9900
    extend(story, ben, 7, "we were closed")
    assert (pack(ben).state, pack(ben).first_use_by) == ("unopened", date(2027, 11, 14))
    assert booked(story, "breakage", "boi") == 0
    story.go("2027-11-14 19:00", "boi")
    story.come(ben)
    assert pack(ben).window_end == date(2027, 11, 24)
    assert complaints(story) == []


def test_a_window_lengthened_before_its_end_moves_the_plan_with_a_letter_of_its_own(
    story: Story,
) -> None:
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2")
    story.come(ana)
    story.live("2027-01-10 10:00", looks=EIGHT_AND_NINE)
    extend(story, ana, 4)
    story.live("2027-01-17 23:00", looks=EIGHT_AND_NINE)
    told = [left_at(one, "America/Los_Angeles") for one in letters(ana, "notice_conversion")]
    assert told == ["2027-01-07 08:00", "2027-01-11 08:00"]
    assert [one.context["about_on"] for one in letters(ana, "notice_conversion")] == [
        "January 14, 2027", "January 18, 2027",
    ]  # fmt: skip
    warned = [left_at(one, "America/Los_Angeles") for one in letters(ana, "notice_window")]
    assert warned == ["2027-01-15 08:00", "2027-01-17 08:00"]
