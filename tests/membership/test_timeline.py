"""Where did my session go? Everything that moved one, told once, newest first."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from flask import Flask

from config.audit import SYSTEM
from config.db import transaction
from config.ids import new_id
from membership import jobs
from membership.credits import comps, timeline
from membership.visits import undoing
from tests.membership import plans
from tests.membership.shop import Shop, buy, come, join, minutes, noon, open_shop
from tests.membership.test_rollover import a_plan


@pytest.fixture
def shop(app: Flask) -> Shop:
    return open_shop()


def told(member_id: UUID, page: int = 1) -> list[tuple[str, str, int | None, str]]:
    found = timeline.of_member(member_id, page=page).moments
    return [(f"{m.on:%m-%d}", m.text, m.sessions, m.place_name) for m in found]


def test_every_movement_of_a_starter_is_told_with_its_day_and_place(shop: Shop) -> None:
    ada, ben = join(shop.boise), join(shop.boise, "Ben Ito")
    buy(ada, shop.starter, shop.boise, noon(1, 4))
    buy(ben, shop.starter, shop.boise, noon(1, 4))
    come(ada, shop.boise, noon(1, 5))
    taken_back = come(ada, shop.seattle, noon(1, 6))
    with transaction():
        undoing.undo(taken_back.id, by_account_id=None, now=noon(1, 6) + minutes(3))
    with transaction():
        comps.give(
            ada, location_id=shop.boise, sessions=1, reason="sorry for the wait", most=None,
            by=SYSTEM, on=date(2027, 1, 7), key=new_id(), now=noon(1, 7),
        )  # fmt: skip
    jobs.work(shop.boise, on=date(2027, 1, 15), now=noon(1, 15))
    assert told(ada) == [
        ("01-15", "Expired unused", -2, "Boise"),
        ("01-07", "You received", 1, "Boise"),
        ("01-06", "Given back to you", 1, "Seattle"),
        ("01-06", "You used", -1, "Seattle"),
        ("01-05", "You used", -1, "Boise"),
        ("01-04", "You received", 3, "Boise"),
    ]
    found = timeline.of_member(ada, page=1)
    assert (found.moments[1].what, found.moments[1].reason) == ("For free", "sorry for the wait")
    assert [moment.undone for moment in found.moments] == [False] * 3 + [True, False, False]
    assert found.moments[0].reason is None
    assert not found.more


def test_visits_without_a_session_and_what_a_plan_does_not_carry_over_are_told_too(
    shop: Shop,
) -> None:
    ada, ben = join(shop.boise), join(shop.boise, "Ben Ito")
    plans.live(ada, shop.unlimited, shop.boise, date(2027, 1, 10))
    come(ada, shop.boise, noon(1, 11))
    assert told(ada) == [("01-11", "You came, on your plan", None, "Boise")]
    care = a_plan("CARE-2", 2, 8000, shop.boise, cap=1, life=1)
    plans.live(ben, care, shop.boise, date(2027, 1, 10))
    jobs.work(shop.boise, on=date(2027, 2, 10), now=noon(2, 10))
    assert told(ben)[0] == ("02-10", "More than your plan carries over", -1, "Boise")


def test_pages_follow_each_other(shop: Shop) -> None:
    ada = join(shop.boise)
    plans.live(ada, shop.unlimited, shop.boise, date(2027, 1, 1))
    for n in range(timeline.PAGE + 3):
        come(ada, shop.boise, noon(1, 2) + minutes(60 * n))
    first, second = timeline.of_member(ada, page=1), timeline.of_member(ada, page=2)
    assert (len(first.moments), first.more) == (timeline.PAGE, True)
    assert (len(second.moments), second.more) == (3, False)
    assert first.moments[-1].on >= second.moments[0].on
