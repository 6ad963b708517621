"""Two at once: starters of one person, a leave that is used once, a window that closes as it is
lengthened. Beside the first race stands the same one without its guard, to show that it is one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from config.audit import SYSTEM
from config.db import db, run_txn
from config.doctor import Doctor
from config.errors import Refused
from config.ids import new_id
from membership.invariants import doctor_credits, doctor_persons
from membership.journey import starters
from membership.models import MemberPack, StarterOverride
from membership.packs import pack_endings, packs, windows
from tests.membership.shop import (
    Shop,
    buy,
    come,
    grant_now,
    join,
    minutes,
    noon,
    open_shop,
    pack_now,
)

MANY = 4
PHONE = "+12065550188"
JAN_14 = date(2027, 1, 14)
AS_IT_CLOSES = noon(1, 14)


def at_once(app: Flask, *works: Callable[[], Any]) -> list[Any]:
    """What each came to, all begun together: its result, or the code it was refused with."""
    ready = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        with app.app_context():
            ready.wait(timeout=30)
            try:
                return run_txn(work)
            except Refused as refused:
                return refused.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def ordered(shop: Shop, member_id: UUID) -> Callable[[], str]:
    """Go to the till with a starter."""

    def work() -> str:
        packs.open_draft(
            member_id=member_id,
            pack_version_id=shop.starter,
            location_id=shop.seattle,
            now=noon(1, 4),
        )
        return "sold"

    return work


@pytest.fixture
def shop(app: Flask) -> Shop:
    return open_shop()


@pytest.fixture
def records(shop: Shop) -> list[UUID]:
    """Four records of one person, who writes their name otherwise each time."""
    names = ("Ana Mora", "Anna Moore", "Ann Mohr", "Anita Mora")
    return [join(shop.seattle, name, phone=PHONE) for name in names]


def test_two_tabs_go_to_the_till_with_one_starter(app: Flask, shop: Shop) -> None:
    ana = join(shop.seattle)
    found = at_once(app, *[ordered(shop, ana)] * MANY)
    assert sorted(found) == ["purchase_waiting"] * (MANY - 1) + ["sold"]


def test_of_four_records_of_one_person_one_gets_a_starter(
    app: Flask, shop: Shop, records: list[UUID]
) -> None:
    found = at_once(app, *[ordered(shop, record) for record in records])
    assert sorted(found) == ["one_per_person"] * (MANY - 1) + ["sold"]


def test_a_person_that_is_asked_about_first_and_sold_to_later_gets_four(
    app: Flask, shop: Shop, records: list[UUID]
) -> None:
    seen = threading.Barrier(MANY)

    def naive(member_id: UUID) -> bool:
        with app.app_context():
            had = run_txn(lambda: starters.had_one(member_id))  # and nothing is held any more
            seen.wait(timeout=30)
            if not had:
                run_txn(lambda: db.session.add(_draft(shop, member_id)))
            db.session.remove()
            return had

    with ThreadPoolExecutor(MANY) as pool:
        assert list(pool.map(naive, records)) == [False] * MANY
    drafts = sa.select(sa.func.count()).where(MemberPack.state == "draft")
    assert db.session.scalar(drafts) == MANY


def test_a_leave_for_one_more_is_used_by_one_of_four(
    app: Flask, shop: Shop, records: list[UUID]
) -> None:
    buy(records[0], shop.starter, shop.seattle, noon(1, 4))
    run_txn(
        lambda: starters.allow_again(
            records[0], location_id=shop.seattle, reason="was ill", by=SYSTEM, now=noon(1, 4)
        )
    )
    found = at_once(app, *[ordered(shop, record) for record in records])
    assert sorted(found) == ["one_per_person"] * (MANY - 1) + ["sold"]
    used = db.session.scalars(sa.select(StarterOverride.member_pack_id)).one()
    assert used is not None


def test_leave_is_given_once_however_often_the_button_is_pressed(app: Flask, shop: Shop) -> None:
    ana = join(shop.seattle)

    def allow() -> str:
        starters.allow_again(
            ana, location_id=shop.seattle, reason="was ill", by=SYSTEM, now=noon(1, 4)
        )
        return "given"

    assert sorted(at_once(app, *[allow] * MANY)) == ["given"] + ["leave_waits"] * (MANY - 1)


def test_a_window_that_is_lengthened_as_it_closes_is_open_and_whole_either_way(
    app: Flask, shop: Shop
) -> None:
    ana = join(shop.seattle)
    pack_id = buy(ana, shop.starter, shop.seattle, noon(1, 4))
    come(ana, shop.seattle, noon(1, 4) + minutes(1))

    def close() -> int:
        return pack_endings.expire_due(shop.seattle, on=JAN_14, now=AS_IT_CLOSES, limit=9)

    def lengthen() -> str:
        windows.extend(pack_id, days=3, reason="was ill", by=SYSTEM, now=AS_IT_CLOSES)
        return "longer"

    found = at_once(app, close, lengthen, close)
    assert found[1] == "longer"
    pack, grant = pack_now(pack_id), grant_now(pack_id)
    assert (pack.state, pack.window_end) == ("open", date(2027, 1, 17))
    assert (grant.remaining, grant.remaining_cents) == (2, 6600)
    assert grant.valid_until == pack.window_end == pack.phase_end
    assert _complaints() == []


def test_a_late_job_finds_a_lengthened_window_once_and_a_doubled_one_nothing(
    app: Flask, shop: Shop
) -> None:
    ana = join(shop.seattle)
    pack_id = buy(ana, shop.starter, shop.seattle, noon(1, 4))
    come(ana, shop.seattle, noon(1, 4) + minutes(1))
    run_txn(lambda: windows.extend(pack_id, days=3, reason="was ill", by=SYSTEM, now=noon(1, 13)))
    ended = [
        run_txn(
            lambda day=day: pack_endings.expire_due(
                shop.seattle, on=date(2027, 1, day), now=noon(1, 21), limit=9
            )
        )
        for day in (14, 16, 17, 17, 21)
    ]
    assert ended == [0, 0, 1, 0, 0]
    assert _complaints() == []


def _draft(shop: Shop, member_id: UUID) -> MemberPack:
    return MemberPack(
        id=new_id(),
        member_id=member_id,
        pack_version_id=shop.starter,
        sold_at=shop.seattle,
        price_cents=9900,
        currency="USD",
        state="draft",
        created_at=noon(1, 4),
    )


def _complaints() -> list[str]:
    visiting = Doctor()
    doctor_persons.register(visiting)
    visiting.register("E1", "credits add up", doctor_credits.credits_add_up)
    return [f"{f.code}: {text}" for f in visiting.examine() for text in f.violations]
