"""Checking in: what the light says, what is taken, and that a double click comes in once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from config.db import db, transaction
from config.errors import Refused
from membership.credits import credits
from membership.models import Membership, Visit
from membership.visits import undoing, visits
from tests.membership.granted import grant_period
from tests.membership.shop import (
    booked,
    buy,
    come,
    grant_now,
    hold_plan,
    join,
    minutes,
    noon,
    open_shop,
    pack_now,
)


def test_a_double_click_comes_in_once(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    first = come(ada, shop.seattle, noon(1, 5), key="one-click")
    again = come(ada, shop.seattle, noon(1, 5) + minutes(1), key="one-click")
    assert again.id == first.id
    assert credits.balance(ada, date(2027, 1, 5)) == 2


def test_two_tabs_opened_before_a_check_in_come_in_once_and_a_later_page_again(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    hold_plan(ada, shop.maint_2, shop.seattle, "active")
    buy(ada, shop.booster, shop.seattle, noon(1, 4))

    def key() -> str:
        return visits.preview(ada, location_id=shop.seattle, on=date(2027, 1, 5)).request_key

    tabs = [key(), key()]
    first, second = (come(ada, shop.seattle, noon(1, 5), key=tab) for tab in tabs)
    assert first.id == second.id
    with transaction():
        undoing.undo(first.id, by_account_id=None, now=noon(1, 5))
    later = come(ada, shop.seattle, noon(1, 5) + minutes(1), key=key())
    assert later.id != first.id
    assert len({*tabs, key()}) == 2


def test_a_key_of_another_members_check_in_is_refused(app: Flask) -> None:
    shop = open_shop()
    ada, bob = join(shop.seattle), join(shop.seattle, "Bob Stone")
    for one in (ada, bob):
        buy(one, shop.starter, shop.seattle, noon(1, 4))
    come(ada, shop.seattle, noon(1, 5), key="k")
    with pytest.raises(Refused) as refused:
        come(bob, shop.seattle, noon(1, 5), key="k")
    assert refused.value.code == "request_key_used"


def test_a_starter_lets_in_once_a_day_and_again_tomorrow(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    come(ada, shop.seattle, noon(1, 5))
    with pytest.raises(Refused) as refused:
        come(ada, shop.boise, noon(1, 5) + minutes(60))
    assert refused.value.code == "one_a_day"
    assert come(ada, shop.seattle, noon(1, 6))


def test_a_session_taken_back_does_not_count_as_the_days_session(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    visit = come(ada, shop.seattle, noon(1, 5))
    with transaction():
        undoing.undo(visit.id, by_account_id=None, now=noon(1, 5) + minutes(2))
    assert come(ada, shop.seattle, noon(1, 5) + minutes(3)).id != visit.id


def test_a_check_in_is_taken_back_for_ten_minutes_and_only_once(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    pack_id = buy(ada, shop.starter, shop.seattle, noon(1, 4))
    late, timely = come(ada, shop.seattle, noon(1, 5)), come(ada, shop.seattle, noon(1, 6))
    with transaction(), pytest.raises(Refused) as refused:
        undoing.undo(late.id, by_account_id=None, now=noon(1, 5) + minutes(11))
    assert refused.value.code == "undo_too_late"
    for _ in range(2):
        with transaction():
            undoing.undo(timely.id, by_account_id=None, now=noon(1, 6) + minutes(10))
    assert grant_now(pack_id).remaining == 2
    assert pack_now(pack_id).state == "open"


def test_a_plans_session_in_grace_is_amber_and_when_locked_only_packs_work(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    plan = hold_plan(ada, shop.maint_2, shop.seattle, "grace")
    source = grant_period(ada, plan, shop.seattle)
    on = date(2027, 1, 5)
    seen = visits.preview(ada, location_id=shop.seattle, on=on)
    assert (seen.light, seen.code, seen.source, seen.left_after) == (
        "amber",
        "grace",
        "Maint-2",
        1,
    )
    assert come(ada, shop.seattle, noon(1, 5)).membership_id == plan
    _set_status(plan, "locked")
    with pytest.raises(Refused) as refused:
        come(ada, shop.seattle, noon(1, 6))
    assert refused.value.code == "locked"
    _set_status(plan, "active")
    booster = buy(ada, shop.booster, shop.seattle, noon(1, 6))
    _set_status(plan, "locked")
    come(ada, shop.seattle, noon(1, 6))
    assert (grant_now(source).remaining, grant_now(booster).remaining) == (1, 2)


def test_an_unlimited_plan_lets_in_without_credit_or_revenue_of_the_visit(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    plan = hold_plan(ada, shop.unlimited, shop.seattle, "active")
    visit = come(ada, shop.boise, noon(1, 5))
    assert visit.membership_id == plan
    assert booked("earned_sessions", shop.boise) == 0
    with transaction():
        undoing.undo(visit.id, by_account_id=None, now=noon(1, 5))
    assert visits.today(shop.boise, date(2027, 1, 5))[0].undone


def test_half_past_midnight_in_boise_on_february_1_is_february_there(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    hold_plan(ada, shop.maint_2, shop.seattle, "active")
    buy(ada, shop.booster, shop.seattle, noon(1, 31))
    come(ada, shop.boise, datetime(2027, 2, 1, 7, 30, tzinfo=UTC))
    assert booked("earned_sessions", shop.boise, on=date(2027, 2, 1)) == 3334
    come(ada, shop.seattle, datetime(2027, 2, 1, 7, 30, tzinfo=UTC))
    assert booked("earned_sessions", shop.seattle, on=date(2027, 1, 31)) == 3333


def test_a_refused_check_in_leaves_no_trace(app: Flask) -> None:
    shop = open_shop()
    with pytest.raises(Refused) as refused:
        come(join(shop.seattle), shop.seattle, noon(1, 5))
    assert refused.value.code == "nothing_held"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Visit)) == 0


def test_ten_members_are_looked_up_in_as_many_queries_as_one(app: Flask) -> None:
    shop = open_shop()
    people = [join(shop.seattle, f"P{n} Person") for n in range(10)]
    for one in people:
        buy(one, shop.starter, shop.seattle, noon(1, 4))
        come(one, shop.seattle, noon(1, 5))
    on = date(2027, 1, 6)
    with _counted() as for_one:
        visits.previews(people[:1], location_id=shop.seattle, on=on)
    with _counted() as for_ten:
        found = visits.previews(people, location_id=shop.seattle, on=on)
    assert len(for_one) == len(for_ten) == 3
    assert {seen.left_after for seen in found.values()} == {1}


def test_the_days_list_has_the_newest_first_with_what_was_used(app: Flask) -> None:
    shop = open_shop()
    ada, bob = join(shop.seattle), join(shop.seattle, "Bob Stone")
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    hold_plan(bob, shop.unlimited, shop.seattle, "active")
    come(ada, shop.seattle, noon(1, 5))
    come(bob, shop.seattle, noon(1, 5) + minutes(5))
    listed = visits.today(shop.seattle, date(2027, 1, 5))
    assert [(one.name, one.what) for one in listed] == [
        ("Bob Stone", "Unlimited"),
        ("Ada Lovelace", "STARTER-3"),
    ]
    assert visits.today(shop.boise, date(2027, 1, 5)) == []


def _set_status(membership_id: UUID, status: str) -> None:
    with transaction():
        db.session.execute(
            sa.update(Membership).where(Membership.id == membership_id).values(status=status)
        )


@contextmanager
def _counted() -> Iterator[list[str]]:
    """The statements run inside."""
    seen: list[str] = []

    def note(_conn, _cursor, statement, _params, _context, _many) -> None:  # type: ignore[no-untyped-def]
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
