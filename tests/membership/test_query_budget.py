"""A member's home and their card at the desk ask as many questions after years as on day three."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from config.clock import SimulatedClock
from config.db import db, insert_many, transaction
from config.ids import new_id
from locations import tax_rates
from membership.models import CreditEntry, CreditGrant, MemberPack, MembershipPeriod, Visit
from tests.membership import plans
from tests.membership.shop import BEGIN, Shop, join, noon, open_shop
from tests.membership.test_desk import _signed_in as desk_signed_in
from tests.membership.test_portal import get, signed_in

FIRST = date(2027, 1, 2)
MOST = 60


@pytest.fixture
def shop(app: Flask, clock: SimulatedClock) -> Shop:
    clock.set(noon(1, 5))
    found = open_shop()
    with transaction():
        for product_class in ("pack", "plan"):
            tax_rates.begin(
                location_id=found.seattle,
                product_class=product_class,
                name="Sales tax",
                rate_ppm=103_500,
                effective_from=BEGIN,
            )
    return found


@contextmanager
def questions() -> Iterator[list[str]]:
    """What is asked of the database while this is open."""
    asked: list[str] = []

    def look(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", look)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", look)


def a_life(shop: Shop, name: str, *, long: int) -> UUID:
    """A member with a live plan and so many past periods, packs, sessions and visits."""
    member_id = join(shop.seattle, name)
    held = plans.live(member_id, shop.maint_2, shop.seattle, FIRST)
    rows: dict[type, list[dict[str, object]]] = {
        model: [] for model in (MembershipPeriod, MemberPack, CreditGrant, Visit, CreditEntry)
    }
    for n in range(1, long + 1):
        start = FIRST - timedelta(days=30 * n)
        period, pack, grant, visit = (new_id() for _ in range(4))
        at = noon(1, 2) - timedelta(days=30 * n)
        rows[MembershipPeriod].append(
            {"id": period, "membership_id": held, "n": -n, "start": start,
             "end": start + timedelta(days=30), "plan_version_id": shop.maint_2,
             "location_id": shop.seattle, "price_cents": 7900,
             "earned_until": start + timedelta(days=30), "earned_cents": 0, "frozen_days": 0,
             "issued_at": at}
        )  # fmt: skip
        rows[MemberPack].append(
            {"id": pack, "member_id": member_id, "pack_version_id": shop.booster,
             "sold_at": shop.seattle, "price_cents": 10000, "currency": "USD", "state": "expired",
             "purchased_on": start, "created_at": at}
        )  # fmt: skip
        rows[CreditGrant].append(
            {"id": grant, "member_id": member_id, "source_type": "period", "source_id": period,
             "membership_id": held, "location_id": shop.seattle, "product": "MAINT-2",
             "currency": "USD", "state": "firm", "quantity": 1, "value_cents": 100,
             "remaining": 0, "remaining_cents": 0, "valid_from": start,
             "valid_until": start + timedelta(days=30), "created_at": at}
        )  # fmt: skip
        rows[Visit].append(
            {"id": visit, "member_id": member_id, "location_id": shop.seattle,
             "business_date": start, "at": at}
        )  # fmt: skip
        rows[CreditEntry].append(
            {"id": new_id(), "grant_id": grant, "kind": "redeem", "quantity": -1,
             "value_cents": -100, "occurred_on": start, "at": at, "visit_id": visit}
        )  # fmt: skip
    with transaction():
        for model, values in rows.items():
            insert_many(model, values)
    return member_id


def count(browser: FlaskClient, path: str) -> int:
    """How many questions a page asks once its browser is known."""
    get(browser, path)
    with questions() as asked:
        answer = get(browser, path)
    assert answer.status_code == 200, answer.text
    return len(asked)


def test_card_at_the_desk_asks_the_same_after_three_and_after_three_hundred_periods(
    app: Flask, shop: Shop
) -> None:
    ada = a_life(shop, "Ada L", long=3)
    bob = a_life(shop, "Bob M", long=300)
    desk = desk_signed_in(app, "desk@example.com", "desk", shop.seattle)
    few = count(desk, f"/desk/members/{ada}?location=seattle")
    many = count(desk, f"/desk/members/{bob}?location=seattle")
    assert few == many
    assert many <= MOST


def test_home_asks_the_same_after_three_and_after_three_hundred_periods(
    app: Flask, shop: Shop
) -> None:
    ada, bob = a_life(shop, "Ada L", long=3), a_life(shop, "Bob M", long=300)
    new, old = signed_in(app, ada, "ada"), signed_in(app, bob, "bob")
    for path in ("/", "/visits"):
        few, many = count(new, path), count(old, path)
        assert few == many, path
        assert many <= MOST
