"""Two clocks at once, and a clock that is set back: nobody is billed, told or charged twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from app import create_app
from billing import day
from billing.models import BillingRun
from config.db import db
from config.settings import Settings
from locations.models import LocationDay
from tests.support.story import Person, Story, instant_of
from tests.support.story_facts import (
    bills,
    booked,
    complaints,
    letters,
    movements,
    plans,
    taken,
)

APRIL_5 = date(2027, 4, 5)


@pytest.fixture
def other(story: Story, settings: Settings) -> Iterator[Flask]:
    """A second Taper on the same database, as another process would be: own engine, own pool."""
    app = create_app(settings, clock=story.clock, leases=story.leases, gateway=story.gateway)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def at_once(story: Story, *work: tuple[Flask, Callable[[], object]]) -> None:
    """Run each piece of work on a thread of its own in its own application, side by side."""
    ready = threading.Barrier(len(work))
    failed: list[BaseException] = []

    def run(app: Flask, act: Callable[[], object]) -> None:
        with app.app_context():
            try:
                ready.wait(timeout=30)
                act()
            except BaseException as error:  # shown by the test, not by its thread
                failed.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert failed == []


def joined(story: Story, plan: str, *names: str) -> list[Person]:
    story.go("2027-03-05 12:00")
    return [story.join(name, plan) for name in names]


def test_two_clocks_tick_at_nine_on_april_5_and_six_renewals_are_charged_once_each(
    story: Story, other: Flask
) -> None:
    names = ["Ana Mora", "Ben Ito", "Cleo Diaz", "Dov Levi", "Eva Roth", "Finn Orr"]
    people = joined(story, "MAINT-2", *names)
    story.go("2027-04-05 09:00")
    sea = story.place("sea").id
    at_once(
        story,
        (story.app, lambda: day.work(sea)),
        (other, lambda: day.work(sea)),
        (other, lambda: day.work(sea)),
    )
    story.work("sea")
    assert [len(bills(who)) for who in people] == [2] * 6
    assert taken(story) == [8718] * 12
    assert {plans(who)[0].next_due_on for who in people} == {date(2027, 5, 5)}
    runs = sa.select(BillingRun.issued).where(BillingRun.business_date == APRIL_5)
    assert list(db.session.scalars(runs)) == [6]
    assert complaints(story) == []


def test_two_clocks_at_a_window_s_end_and_a_conversion_make_one_of_each(
    story: Story, other: Flask
) -> None:
    story.go("2027-03-05 12:00")
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-4")
    story.come(ana)
    sea = story.place("sea").id
    story.live("2027-03-08 07:59")
    for wall in ("2027-03-08 08:00", "2027-03-15 00:00", "2027-03-15 09:00"):
        story.live(wall)
        at_once(story, (story.app, lambda: day.work(sea)), (other, lambda: day.work(sea)))
        story.work("sea")
    assert len(letters(ana, "notice_conversion")) == 1
    assert movements(ana, "expire") == [(date(2027, 3, 15), -2, -6600)]
    assert booked(story, "expired_refundable", "sea") == 6600
    assert [plan.status for plan in plans(ana)] == ["active"]
    assert taken(story) == [10925, 15339]
    assert complaints(story) == []


def test_clock_set_back_an_hour_over_midnight_does_nothing_until_the_day_comes_again(
    story: Story,
) -> None:
    (ana,) = joined(story, "UNLIMITED", "Ana Mora")
    story.go("2027-04-05 00:30")
    story.work("sea")
    before = (taken(story), booked(story, "earned_time", "sea"), _high_water(story))
    assert (len(before[0]), before[2]) == (2, APRIL_5)

    story.clock.set(story.clock.now().replace(hour=6, minute=30))  # 23:30 on the 4th, again
    assert story.today("sea") == date(2027, 4, 4)
    (done,) = story.work("sea")
    assert (done.days, done.held) == ((), False)
    assert (taken(story), booked(story, "earned_time", "sea"), _high_water(story)) == before

    story.go("2027-04-05 12:00")
    story.work("sea")
    assert (taken(story), booked(story, "earned_time", "sea"), _high_water(story)) == before
    assert len(bills(ana)) == 2
    assert complaints(story) == []


def test_clock_set_back_an_hour_in_the_morning_sends_and_charges_nothing_again(
    story: Story,
) -> None:
    story.go("2027-03-05 12:00", "boi")
    ben = story.join("Ben Ito", "STARTER-3", at="boi", agrees_to="MAINT-2")
    story.come(ben)
    story.live("2027-03-15 09:00", "boi")
    assert len(taken(story)) == 2
    written = [len(letters(ben, kind)) for kind in ("notice_conversion", "receipt")]
    for wall in ("2027-03-15 08:00", "2027-03-15 09:00", "2027-03-15 10:00"):
        story.clock.set(instant_of(wall, "America/Boise"))
        story.work("boi")
    assert len(taken(story)) == 2
    assert [len(letters(ben, kind)) for kind in ("notice_conversion", "receipt")] == written
    assert len(plans(ben)) == 1


def _high_water(story: Story) -> date:
    query = sa.select(LocationDay.high_water)
    return db.session.scalars(query.where(LocationDay.location_id == story.place("sea").id)).one()
