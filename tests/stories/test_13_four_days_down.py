"""Story 13: the clock was down for four days, and for nine."""

from __future__ import annotations

from datetime import date

import pytest

from config.db import run_txn
from config.errors import Refused
from locations import business_days
from tests.stories.test_07_pages import signed_in, text
from tests.support.story import Person, Story
from tests.support.story_facts import (
    bills,
    booked,
    complaints,
    left_at,
    letters,
    plans,
    taken,
    the_consent,
)

SEPTEMBER = {day: date(2027, 9, day) for day in range(1, 31)}


def members_of_each_day(
    story: Story, first: int, last: int, slug: str = "sea"
) -> dict[int, Person]:
    """MAINT-2 members, one with each anchor from this day of August to that one."""
    found = {}
    for day in range(first, last + 1):
        story.go(f"2027-08-{day:02} 12:00", slug)
        found[day] = story.join(f"Member {day}", "MAINT-2", at=slug)
    return found


@pytest.mark.parametrize(("slug", "cents"), [("sea", 8718), ("boi", 8374)])
def test_down_from_september_3_to_7_every_missed_day_is_billed_once_and_dated_as_its_own(
    story: Story, slug: str, cents: int
) -> None:
    members = members_of_each_day(story, 2, 8, slug)
    story.go("2027-09-02 23:00", slug)
    story.work(slug)  # the first day that the jobs run at all, and the last before the outage
    story.go("2027-09-07 10:00", slug)
    (worked,) = story.work(slug)
    assert worked.days == tuple(SEPTEMBER[day] for day in (3, 4, 5, 6, 7))
    assert [one.issued for one in worked.runs] == [1, 1, 1, 1, 1]
    story.work(slug)
    story.go("2027-09-08 12:00", slug)
    story.work(slug)
    for day, who in members.items():
        assert [bill.issued_on for bill in bills(who)] == [date(2027, 8, day), SEPTEMBER[day]]
        (plan,) = plans(who)
        assert (plan.anchor_day, plan.next_due_on) == (day, date(2027, 10, day))
    assert taken(story) == [cents] * 14
    assert booked(story, "sales_tax", slug, on=SEPTEMBER[5], kind="sale") == cents - 7900
    assert complaints(story) == []


def test_letter_due_on_september_3_leaves_on_the_7th_and_moves_the_charge_to_the_14th(
    story: Story,
) -> None:
    story.go("2027-08-30 10:00")
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2")
    story.live("2027-08-31 12:00")
    story.come(ana)  # so its window ends on September 10th
    story.live("2027-09-03 07:00")
    assert letters(ana, "notice_conversion") == []
    story.go("2027-09-07 10:00")
    story.work("sea")
    (letter,) = letters(ana, "notice_conversion")
    assert left_at(letter, "America/Los_Angeles") == "2027-09-07 10:00"
    assert letter.context["about_on"] == "September 14, 2027"
    story.live("2027-09-14 08:59")
    assert (plans(ana), the_consent(ana).state) == ([], "given")
    story.live("2027-09-15 09:00")
    assert taken(story) == [10925, 8718]
    assert (plans(ana)[0].anchor, bills(ana)[1].issued_on) == (SEPTEMBER[14], SEPTEMBER[14])
    assert complaints(story) == []


def test_down_for_nine_days_nothing_moves_until_a_person_has_looked(story: Story) -> None:
    members = members_of_each_day(story, 2, 4)
    story.go("2027-08-31 23:00")
    story.work("sea")
    story.go("2027-09-09 10:00")
    for _ in range(2):
        (held,) = story.work("sea")
        assert (held.held, held.days) == (True, ())
    assert len(taken(story)) == 3
    assert [place.slug for place in business_days.held_ones()] == ["sea"]

    sea = story.place("sea").id
    run_txn(lambda: business_days.release_hold(sea, resume_on=SEPTEMBER[9]))
    story.work("sea")
    assert taken(story) == [8718] * 6
    for day, who in members.items():
        assert len(bills(who)) == 2
        assert plans(who)[0].next_due_on == date(2027, 10, day)
    assert business_days.held_ones() == []
    with pytest.raises(Refused):
        run_txn(lambda: business_days.release_hold(sea, resume_on=SEPTEMBER[10]))
    assert complaints(story) == []


def test_seven_days_are_caught_up_and_eight_are_held(story: Story) -> None:
    story.go("2027-09-01 10:00", "phx")
    story.work("phx")
    story.go("2027-09-08 10:00", "phx")
    (week,) = story.work("phx")
    assert (week.held, len(week.days)) == (False, 7)
    story.go("2027-09-16 10:00", "phx")
    (longer,) = story.work("phx")
    assert (longer.held, longer.days) == (True, ())


def test_a_person_lets_a_studio_go_on_by_a_command_but_not_into_the_future(story: Story) -> None:
    taper = story.app.test_cli_runner()
    (dora,) = members_of_each_day(story, 2, 2).values()
    story.go("2027-08-31 23:00")
    story.work("sea")
    story.go("2027-09-12 10:00")
    story.work("sea")
    assert taper.invoke(args=["held"]).output.startswith("sea waits")
    manager = signed_in(story.app, "manager.sea@studio.example")
    assert "Seattle bills nothing" in text(manager.get("/manage/runs").text)
    release = ["held", "release", "--location", "sea", "--on"]
    assert isinstance(taper.invoke(args=[*release, "2027-09-13"]).exception, Refused)
    assert len(bills(dora)) == 1
    assert taper.invoke(args=[*release, "2027-09-12"]).output.endswith("goes on from 2027-09-12.\n")
    story.work("sea")
    assert len(bills(dora)) == 2
    assert taper.invoke(args=["held"]).output == ""
    assert "bills nothing" not in text(manager.get("/manage/runs").text)
