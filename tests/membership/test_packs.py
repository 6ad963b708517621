"""A pack's life, told with its dates: bought, opened, used, expired."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from config.db import db, transaction
from config.errors import NotFound, Refused
from config.ids import new_id
from membership.catalogue import catalog, product_versions
from membership.credits import credits
from membership.models import CreditEntry, Notice
from membership.packs import pack_endings, pack_rows, packs
from membership.visits import undoing
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


def test_a_starter_bought_january_4_may_be_opened_until_january_18(app: Flask) -> None:
    shop = open_shop()
    pack_id = buy(join(shop.seattle), shop.starter, shop.seattle, noon(1, 4))
    pack, grant = pack_now(pack_id), grant_now(pack_id)
    assert (pack.state, pack.purchased_on) == ("unopened", date(2027, 1, 4))
    assert pack.first_use_by == date(2027, 1, 18)
    assert (grant.quantity, grant.value_cents, grant.state) == (3, 9900, "firm")
    assert (grant.valid_from, grant.valid_until) == (date(2027, 1, 4), date(2027, 1, 19))


def test_a_draft_holds_no_credits_and_an_abandoned_one_never_will(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    with transaction():
        draft = packs.open_draft(
            member_id=ada, pack_version_id=shop.starter, location_id=shop.seattle, now=noon(1, 4)
        )
        packs.abandon(draft.id)
    with transaction():
        assert packs.paid(draft.id, on=date(2027, 1, 4), now=noon(1, 4)) == "cancelled"
    assert credits.balance(ada, date(2027, 1, 4)) == 0
    assert buy(ada, shop.starter, shop.seattle, noon(1, 4))


def test_money_told_twice_grants_once(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    pack_id = buy(ada, shop.starter, shop.seattle, noon(1, 4))
    with transaction():
        assert packs.paid(pack_id, on=date(2027, 1, 5), now=noon(1, 5)) == "already"
        packs.abandon(pack_id)
    assert pack_now(pack_id).state == "unopened"
    assert credits.balance(ada, date(2027, 1, 5)) == 3


def test_a_second_tab_at_the_till_with_a_starter_is_turned_away(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    order = {"member_id": ada, "location_id": shop.seattle, "now": noon(1, 4)}
    with transaction():
        packs.open_draft(pack_version_id=shop.starter, **order)
    with transaction(), pytest.raises(Refused) as refused:
        packs.open_draft(pack_version_id=shop.starter, **order)
    assert refused.value.code == "purchase_waiting"


def test_the_same_phone_gets_no_second_starter_at_another_studio(app: Flask) -> None:
    shop = open_shop()
    buy(join(shop.seattle, phone="(206) 555-0100"), shop.starter, shop.seattle, noon(1, 4))
    other = join(shop.boise, "Bob Stone", phone="+1 206 555 0100")
    with pytest.raises(Refused) as refused:
        buy(other, shop.starter, shop.boise, noon(2, 4))
    assert refused.value.code == "one_per_person"
    assert "member" not in refused.value.message


def test_a_member_buys_a_booster_but_no_starter(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    hold_plan(ada, shop.maint_2, shop.seattle, "active")
    with pytest.raises(Refused) as refused:
        buy(ada, shop.starter, shop.seattle, noon(1, 4))
    assert refused.value.code == "already_member"
    assert pack_now(buy(ada, shop.booster, shop.seattle, noon(1, 4))).state == "unopened"


def test_a_page_left_open_sells_no_old_price(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    old = catalog.pack_version(shop.starter)
    with transaction():
        new = product_versions.new_pack_version(
            old.pack_id,
            sessions=3,
            window_days=10,
            first_use_days=14,
            prices={shop.seattle: 11900},
            effective_from=date(2027, 1, 4),
        )
    with pytest.raises(Refused) as refused:
        buy(ada, shop.starter, shop.seattle, noon(1, 4))
    assert refused.value.code == "no_longer_sold"
    assert pack_now(buy(ada, new.id, shop.seattle, noon(1, 4))).price_cents == 11900


def test_the_first_session_on_january_6_opens_a_window_to_january_16(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    pack_id = buy(ada, shop.starter, shop.seattle, noon(1, 4))
    come(ada, shop.seattle, noon(1, 6))
    pack = pack_now(pack_id)
    assert (pack.state, pack.opened_on, pack.window_end) == (
        "open",
        date(2027, 1, 6),
        date(2027, 1, 16),
    )
    assert grant_now(pack_id).valid_until == date(2027, 1, 16)
    come(ada, shop.seattle, noon(1, 7))
    come(ada, shop.seattle, noon(1, 8))
    assert pack_now(pack_id).state == "spent"
    assert pack_now(pack_id).window_end == date(2027, 1, 16)


def test_taking_the_only_session_back_closes_the_window_as_if_never_opened(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    pack_id = buy(ada, shop.starter, shop.seattle, noon(1, 4))
    visit = come(ada, shop.seattle, noon(1, 6))
    with transaction():
        undoing.undo(visit.id, by_account_id=None, now=noon(1, 6) + minutes(9))
    pack = pack_now(pack_id)
    assert (pack.state, pack.opened_on, pack.window_end) == ("unopened", None, None)
    assert grant_now(pack_id).valid_until == date(2027, 1, 19)


@pytest.mark.parametrize(
    ("where", "refundable", "breakage"), [("seattle", 6600, 0), ("boise", 0, 6600)]
)
def test_a_missed_window_expires_once_however_often_the_job_runs(
    app: Flask, where: str, refundable: int, breakage: int
) -> None:
    shop = open_shop()
    place = getattr(shop, where)
    ada = join(place)
    pack_id = buy(ada, shop.starter, place, noon(1, 4))
    come(ada, place, noon(1, 4))
    counts = []
    for day in (13, 14, 14, 15):
        with transaction():
            on = date(2027, 1, day)
            counts.append(pack_endings.expire_due(place, on=on, now=noon(1, day), limit=100))
    assert counts == [0, 1, 0, 0]
    assert pack_now(pack_id).state == "expired"
    assert credits.balance(ada, date(2027, 1, 13)) == 0
    assert booked("expired_refundable", place) == refundable
    assert booked("breakage", place) == breakage
    entries = sa.select(CreditEntry).where(CreditEntry.kind == "expire")
    assert [(e.quantity, e.value_cents) for e in db.session.scalars(entries)] == [(-2, -6600)]


def test_a_starter_never_opened_expires_the_day_after_its_deadline(app: Flask) -> None:
    shop = open_shop()
    pack_id = buy(join(shop.seattle), shop.starter, shop.seattle, noon(1, 4))
    for day, expired in ((18, 0), (19, 1)):
        with transaction():
            on = date(2027, 1, day)
            found = pack_endings.expire_due(shop.seattle, on=on, now=noon(1, day), limit=100)
        assert found == expired
    assert pack_now(pack_id).state == "expired"
    assert booked("expired_refundable", shop.seattle) == 9900


def test_expiry_goes_by_portions(app: Flask) -> None:
    shop = open_shop()
    for name in ("Ada A", "Bob B", "Cleo C"):
        buy(join(shop.seattle, name), shop.starter, shop.seattle, noon(1, 4))
    done = []
    for _ in range(3):
        with transaction():
            on = date(2027, 2, 1)
            done.append(pack_endings.expire_due(shop.seattle, on=on, now=noon(2, 1), limit=2))
    assert done == [2, 1, 0]


def test_warnings_leave_three_days_and_one_day_before_the_window_closes(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    come(ada, shop.seattle, noon(1, 4))
    for day in (5, 10, 11, 11, 12, 13, 14):
        with transaction():
            pack_endings.window_warnings(shop.seattle, on=date(2027, 1, day))
    letters = db.session.scalars(sa.select(Notice).order_by(Notice.leaves_at)).all()
    assert [n.leaves_at.isoformat() for n in letters] == [
        "2027-01-11T16:00:00+00:00",
        "2027-01-13T16:00:00+00:00",
    ]
    assert [n.facts["sessions_left"] for n in letters] == [2, 2]
    assert {n.about_on for n in letters} == {date(2027, 1, 14)}


def test_nobody_with_nothing_left_is_warned(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    for day in (4, 5, 6):
        come(ada, shop.seattle, noon(1, day))
    with transaction():
        assert pack_endings.window_warnings(shop.seattle, on=date(2027, 1, 13)) == 0


def test_a_pack_that_does_not_exist_is_not_found(app: Flask) -> None:
    with pytest.raises(NotFound):
        pack_rows.locked(new_id())
