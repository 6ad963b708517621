"""A studio closes: told at once, never renewed after, and who does not move is owed the rest."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from billing.leaving import closing
from config import clock as time_of
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Invalid, Refused
from membership.catalogue import catalog
from membership.models import Charge
from membership.people import moves
from tests.support.story import Person, Story
from tests.support.story_facts import bills, complaints, letters, plans, taken

OWNER = Actor(None, "the owner")
JULY_16 = date(2027, 7, 16)


def owed(who: Person) -> int:
    query = sa.select(Charge).where(Charge.member_id == who.member_id)
    return -sum(row.net_cents + row.tax_cents for row in db.session.scalars(query))


def test_boise_closes_in_july_and_ends_its_plans_with_what_is_unused(story: Story) -> None:
    story.go("2027-06-01 10:00", "boi")
    ben = story.join("Ben Ito", "UNLIMITED", at="boi")
    ana = story.join("Ana Mora", "MAINT-4")
    place = story.place("boi")
    story.go("2027-06-10 10:00", "boi")
    assert closing.announce(place.id, closes_on=JULY_16, by=OWNER) == 1
    with pytest.raises(Refused) as before:
        closing.announce(place.id, closes_on=date(2027, 8, 1), by=OWNER)
    assert before.value.code == "closing_announced"
    assert len(letters(ben, "location_closes")) == 1
    assert letters(ana, "location_closes") == []
    story.live("2027-07-15 20:00", "boi")
    assert (plans(ben)[0].status, len(bills(ben))) == ("active", 2)
    assert catalog.offers(place.id, date(2027, 7, 15)).plans
    story.live("2027-07-18 12:00", "boi")
    # of July's 31 days 16 were not delivered
    assert owed(ben) == 9600 + 576
    assert (plans(ben)[0].status, plans(ben)[0].ended_on) == ("ended", JULY_16)
    assert plans(ana)[0].status == "active"
    assert not catalog.offers(place.id, JULY_16).plans
    story.live("2027-08-02 12:00", "boi")
    assert taken(story) == [19716, 15339, 19716]
    assert complaints(story) == []


def test_who_moves_to_phoenix_in_time_keeps_the_plan_and_is_billed_there(story: Story) -> None:
    story.go("2027-06-01 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.go("2027-07-05 10:00", "boi")
    story.work("boi")
    closing.announce(story.place("boi").id, closes_on=JULY_16, by=OWNER)
    now = time_of.now()
    run_txn(
        lambda: moves.move_for_member(
            ben.member_id,
            to_location_id=story.place("phx").id,
            from_on=date(2027, 7, 10),
            by=OWNER,
            now=now,
        )
    )
    story.live("2027-08-02 12:00", "boi")
    story.work("phx")
    assert plans(ben)[0].status == "active"
    assert [bill.total_cents for bill in bills(ben)] == [8374, 8374, 7900]
    assert owed(ben) == 0
    assert complaints(story) == []


def test_a_closing_is_announced_for_a_day_to_come(story: Story) -> None:
    place = story.place("phx")
    with pytest.raises(Invalid):
        closing.announce(place.id, closes_on=story.today("phx"), by=OWNER)
