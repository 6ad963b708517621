"""Money goes back through pages: the sum before the button, limits, requests, what is owed."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from billing import limits
from billing.models import CreditNote, Refund, RefundRequest
from billing.refunds import refund_sends
from config.db import db
from config.ids import new_id
from tests.http.world import Browser, World


def path(world: World) -> str:
    return f"/desk/members/{world.known.member_id}/refund/{world.known.ids['invoice_id']}"


def form(**more: str) -> dict[str, str]:
    return {"how": "goodwill", "to": "card", "amount": "20.00", "reason": "it was cold", **more}


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(expected|key|sure)" value="([^"]*)"', page)
    return dict(found)


def seen(browser: Browser, world: World, **more: str) -> dict[str, str]:
    """The form as the page with the sum sends it again."""
    answer = browser.post(path(world), **form(**more))
    assert answer.status_code == 200, answer.text
    return {**form(**more), **hidden(answer.text)}


def refunds() -> list[tuple[int, str]]:
    """Those of these tests: the world has a small promise of its own."""
    query = sa.select(Refund).where(Refund.amount_cents >= 1000).order_by(Refund.id)
    query = query.execution_options(populate_existing=True)
    return [(one.amount_cents, one.state) for one in db.session.scalars(query)]


def test_what_the_page_says_before_the_button_is_what_is_sent(world: World) -> None:
    manager = world.browser("manager.sea")
    page = manager.post(path(world), **form()).text
    assert "$20.00" in page
    assert "$1.88" in page  # its share of the tax of 10.35 %
    assert "To the card, by itself" in page
    assert refunds() == []
    answer = manager.post(path(world), **{**form(), **hidden(page)})
    assert answer.status_code == 303
    refund_sends.work()
    assert refunds() == [(2000, "succeeded")]
    again = manager.post(path(world), **{**form(), **hidden(page)})
    assert again.status_code == 303  # a double click
    refund_sends.work()
    assert refunds() == [(2000, "succeeded")]
    shown = world.browser("ana").get(f"/invoices/{world.known.ids['invoice_id']}").text
    assert "Sent to your card" in shown
    listed = manager.get("/manage/refunds").text
    assert "Sent to the card" in listed
    assert "20.00" in manager.get("/manage/refunds.csv").text
    rows = manager.get("/manage/refunds.json").get_json()["rows"]
    assert (2000, 0) in [(one["amount_cents"], one["unsent_cents"]) for one in rows]


def test_desk_asks_and_a_manager_grants_what_was_shown(world: World) -> None:
    desk, manager = world.browser("desk.sea"), world.browser("manager.sea")
    sent = seen(desk, world)
    assert desk.post(path(world), **sent).status_code == 303
    assert desk.post(path(world), **sent).status_code == 303
    refund_sends.work()
    assert refunds() == []
    assert desk.get("/manage/refunds").status_code == 403
    assert "it was cold" in manager.get("/manage/refunds").text
    (request,) = db.session.scalars(sa.select(RefundRequest)).all()
    decided = {"request_id": str(request.id), "decision": "grant"}
    assert world.browser("manager.boi").post("/manage/refunds/decide", **decided).status_code == 404
    for _ in range(2):
        assert manager.post("/manage/refunds/decide", **decided).status_code == 303
    refund_sends.work()
    assert refunds() == [(2000, "succeeded")]


def test_parts_of_what_is_above_the_limit_are_not_given_one_by_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "limit_cents", lambda _place, **_on: 3999)
    manager = world.browser("manager.sea")
    assert "Give $20.00 back" in manager.post(path(world), **form()).text
    for _ in range(2):
        sent = seen(manager, world)
        assert manager.post(path(world), **sent).status_code == 303
    assert "Ask for $20.00" in manager.post(path(world), **form()).text
    given = sa.select(CreditNote.id).where(CreditNote.total_cents == 2000)
    assert len(db.session.scalars(given).all()) == 1
    (request,) = db.session.scalars(sa.select(RefundRequest)).all()
    assert (request.state, request.amount_cents) == ("asked", 2000)
    db.session.rollback()


def test_above_the_limit_a_manager_asks_and_an_owner_decides(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "limit_cents", lambda _place, **_on: 1999)
    manager, owner = world.browser("manager.sea"), world.browser("owner")
    sent = seen(manager, world)
    assert manager.post(path(world), **sent).status_code == 303
    assert refunds() == []
    (request,) = db.session.scalars(sa.select(RefundRequest)).all()
    decided = {"request_id": str(request.id), "decision": "grant"}
    manager.post("/manage/refunds/decide", **decided)
    refund_sends.work()
    assert refunds() == []
    owner.post("/manage/refunds/decide", **decided)
    refund_sends.work()
    assert refunds() == [(2000, "succeeded")]


def test_what_the_desk_asks_above_the_managers_limit_only_an_owner_gives(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "limit_cents", lambda _place, **_on: 1999)
    desk = world.browser("desk.sea")
    assert desk.post(path(world), **seen(desk, world)).status_code == 303
    (request,) = db.session.scalars(sa.select(RefundRequest)).all()
    decided = {"request_id": str(request.id), "decision": "grant"}
    for nobody in ("nobody", "ana", "desk.sea", "accountant", "manager.boi", "manager.sea"):
        world.browser(nobody).post("/manage/refunds/decide", **decided)
        assert refunds() == [], nobody
        refund_sends.work()
        assert refunds() == [], nobody
    world.browser("owner").post("/manage/refunds/decide", **decided)
    refund_sends.work()
    assert refunds() == [(2000, "succeeded")]


def test_a_member_gives_nothing_back_and_asks_for_nothing_in_the_name_of_the_studio(
    world: World,
) -> None:
    wanted = {**form(), "expected": "2000", "key": str(new_id()), "sure": "yes"}
    for nobody in ("nobody", "ana", "accountant", "desk.boi", "manager.boi"):
        answer = world.browser(nobody).post(path(world), **wanted)
        assert answer.status_code in (302, 403, 404), nobody
    assert db.session.scalars(sa.select(RefundRequest)).all() == []
    refund_sends.work()
    assert refunds() == []


def test_sum_that_changed_while_the_page_lay_open_is_not_given(world: World) -> None:
    manager = world.browser("manager.sea")
    first = seen(manager, world, amount="")
    second = seen(manager, world)
    assert manager.post(path(world), **second).status_code == 303
    answer = manager.post(path(world), **first)
    assert answer.status_code == 409
    assert "look again" in answer.text
    refund_sends.work()
    assert refunds() == [(2000, "succeeded")]


def test_more_than_was_paid_names_the_field_and_keeps_what_was_typed(world: World) -> None:
    manager = world.browser("manager.sea")
    answer = manager.post(path(world), **form(amount="999.00"))
    assert answer.status_code == 422
    assert 'value="999.00"' in answer.text
    assert "more than is left" in answer.text
    for odd in ("-1", "0", "1e400", "NaN", "20.001", "=1+1"):
        assert manager.post(path(world), **form(amount=odd)).status_code == 422, odd


def test_refused_request_sends_nothing(world: World) -> None:
    desk, manager = world.browser("desk.sea"), world.browser("manager.sea")
    desk.post(path(world), **seen(desk, world))
    (request,) = db.session.scalars(sa.select(RefundRequest)).all()
    refuse = {"request_id": str(request.id), "decision": "refuse"}
    manager.post("/manage/refunds/decide", **refuse)
    manager.post("/manage/refunds/decide", **{**refuse, "decision": "grant"})
    refund_sends.work()
    assert refunds() == []
