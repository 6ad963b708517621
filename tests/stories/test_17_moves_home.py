"""Story 17: a member moves home in mid-month; the money of May stays where it was sold."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from billing.runs import rehearsals
from config import clock as time_of
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Refused
from membership.agreements.change_consents import Proof
from membership.changes import change_rows
from membership.models import MrrMove
from membership.people import members, moves
from tests.support.story import ADDRESS, AGENT, Person, Story
from tests.support.story_changes import change_later
from tests.support.story_facts import bills, complaints, month, plans, taken

AT_SEA, AT_BOI = 15339, 14734


def moves_home(story: Story, who: Person, to: str, from_on: date, words: str = "") -> None:
    by = Actor(who.account_id, "member")
    proof = Proof(by, words, ADDRESS, AGENT)
    run_txn(
        lambda: moves.move(
            who.member_id,
            to_location_id=story.place(to).id,
            from_on=from_on,
            proof=proof,
            now=time_of.now(),
        )
    )


def preview(story: Story, who: Person, to: str, from_on: date) -> moves.Preview:
    return moves.preview(
        who.member_id, to_location_id=story.place(to).id, from_on=from_on, now=time_of.now()
    )


def mrr(story: Story, slug: str, on: date) -> int:
    total = sa.select(sa.func.sum(MrrMove.delta_cents)).where(
        MrrMove.location_id == story.place(slug).id, MrrMove.occurred_on <= on
    )
    return int(db.session.scalar(total) or 0)


def kinds(story: Story, slug: str) -> list[tuple[str, date, int]]:
    query = sa.select(MrrMove.kind, MrrMove.occurred_on, MrrMove.delta_cents).where(
        MrrMove.location_id == story.place(slug).id
    )
    return [tuple(row) for row in db.session.execute(query.order_by(MrrMove.id))]  # type: ignore[misc]


def test_from_may_20_boise_is_home_and_from_june_10_it_bills(story: Story) -> None:
    story.go("2027-04-10 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    story.live("2027-05-18 12:00")
    april = month(story, "sea", date(2027, 4, 1))
    shown = preview(story, ana, "boi", date(2027, 5, 20))
    assert shown.renewal is not None
    assert (shown.renewal.on, shown.renewal.charge.total_cents) == (date(2027, 6, 10), AT_BOI)
    assert shown.text is None, "it costs less than what was agreed to"
    moves_home(story, ana, "boi", date(2027, 5, 20))
    assert kinds(story, "boi") == []

    story.live("2027-05-31 12:00")
    story.work("boi")
    assert kinds(story, "boi") == [("moved_in", date(2027, 5, 20), 13900)]
    assert kinds(story, "sea")[-1] == ("moved_out", date(2027, 5, 20), -13900)
    assert (mrr(story, "sea", date(2027, 5, 31)), mrr(story, "boi", date(2027, 5, 31))) == (
        0,
        13900,
    )
    assert month(story, "sea", date(2027, 5, 1)).net_sales_cents == 13900
    assert month(story, "sea", date(2027, 4, 1)) == april

    story.live("2027-06-05 12:00")
    story.work("boi")
    story.go("2027-06-10 00:06", "boi")  # 23:06 of the 9th in Seattle
    assert rehearsals.rehearse(story.place("sea"), on=date(2027, 6, 10)).count == 0
    rehearsed = rehearsals.rehearse(story.place("boi"), on=date(2027, 6, 10))
    assert (rehearsed.count, rehearsed.total_cents) == (1, AT_BOI)
    story.work()
    assert taken(story) == [AT_SEA, AT_SEA, AT_BOI]
    plan = plans(ana)[0]
    assert (plan.location_id, plan.price_cents) == (story.place("boi").id, 13900)
    story.live("2027-06-11 12:00")
    story.work()
    assert len(bills(ana)) == 3
    assert complaints(story) == []


def test_who_moves_west_is_not_billed_by_the_old_studio_an_hour_earlier(story: Story) -> None:
    story.go("2027-03-31 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.go("2027-04-10 12:00", "boi")
    shown = preview(story, ben, "tac", date(2027, 4, 10))
    assert shown.renewal is not None
    assert shown.renewal.charge.total_cents == 7900 + 814
    assert shown.text is not None, "Tacoma's tax makes it dearer"
    with pytest.raises(Refused) as unread:
        moves_home(story, ben, "tac", date(2027, 4, 10))
    assert unread.value.code == "terms_changed"
    moves_home(story, ben, "tac", date(2027, 4, 10), shown.text)
    assert members.home_at(ben.member_id, date(2027, 4, 9)) == story.place("boi").id
    assert members.home_at(ben.member_id, date(2027, 4, 10)) == story.place("tac").id
    story.go("2027-04-30 00:06", "boi")
    story.work("boi")
    assert taken(story) == [8374]
    story.go("2027-04-30 00:06", "tac")
    story.work("boi", "tac")
    assert taken(story) == [8374, 8714]
    assert bills(ben)[-1].consent_id == plans(ben)[0].consent_id
    assert complaints(story) == []


def test_pending_change_is_quoted_anew_at_the_new_studio(story: Story) -> None:
    story.go("2027-05-10 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    story.live("2027-05-12 12:00")
    change_later(story, ana, "MAINT-2")
    moves_home(story, ana, "phx", date(2027, 5, 20))
    pending = change_rows.pending_of(plans(ana)[0].id)
    assert pending is not None
    assert (pending.kind, pending.location_id) == ("downgrade", story.place("phx").id)
    story.live("2027-06-10 12:00")
    story.work()
    assert taken(story) == [AT_SEA, 7900]
    assert complaints(story) == []


def test_home_is_not_moved_twice_nor_to_where_it_is_nor_beyond_the_renewal(story: Story) -> None:
    story.go("2027-05-10 10:00")
    ana = story.join("Ana Mora", "MAINT-4")
    story.go("2027-05-12 12:00")
    for to, on, code in (
        ("sea", date(2027, 5, 20), "same_home"),
        ("boi", date(2027, 6, 11), "too_far_ahead"),
        ("boi", date(2027, 5, 11), "too_late"),
    ):
        with pytest.raises(Refused) as refused:
            moves_home(story, ana, to, on)
        assert refused.value.code == code
    moves_home(story, ana, "boi", date(2027, 5, 20))
    with pytest.raises(Refused) as again:
        moves_home(story, ana, "phx", date(2027, 5, 20))
    assert again.value.code == "moved_already"
    moves_home(story, ana, "sea", date(2027, 6, 1))
    assert change_rows.pending_of(plans(ana)[0].id) is None
    story.live("2027-06-10 12:00")
    story.work()
    assert taken(story) == [AT_SEA, AT_SEA]
    stays: UUID = plans(ana)[0].location_id
    assert stays == story.place("sea").id
    assert complaints(story) == []


def test_evening_before_a_move_is_still_at_home_though_it_is_tomorrow_in_greenwich(
    story: Story,
) -> None:
    story.go("2027-05-10 10:00", "sea")
    ana = story.join("Ana Mora", "MAINT-2")
    moves_home(story, ana, "boi", date(2027, 5, 20))
    for local, slug in (("2027-05-19 21:00", "sea"), ("2027-05-20 06:00", "boi")):
        story.live(local, "sea")
        assert members.home_now(ana.member_id, time_of.now()).slug == slug
