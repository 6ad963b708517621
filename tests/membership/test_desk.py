"""The front desk over HTTP: search, Enter, undo, and who may not."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from config.audit import SYSTEM
from config.clock import SimulatedClock
from config.db import db, transaction
from config.models import AuditEntry
from locations import people
from membership.credits import credits
from membership.models import Member, Visit
from tests.membership.shop import Shop, buy, join, minutes, noon, open_shop

PASSWORD = "a long enough passphrase"


@pytest.fixture
def shop(app: Flask, clock: SimulatedClock) -> Shop:
    clock.set(noon(1, 5))
    return open_shop()


def _signed_in(app: Flask, email: str, role: str, place: UUID | None) -> FlaskClient:
    with transaction():
        account = people.create_account(
            email=email, name="Staff", password=PASSWORD, now=noon(1, 4)
        )
        people.grant_role(account.id, role=role, location_id=place, by=SYSTEM, now=noon(1, 4))
    client = app.test_client()
    page = client.get("/login", base_url="https://localhost")
    answer = client.post(
        "/login",
        data={"email": email, "password": PASSWORD, "csrf_token": _field(page.text, "csrf_token")},
        base_url="https://localhost",
        headers={"Referer": "https://localhost/login"},
    )
    assert answer.status_code in (302, 303), answer.text
    return client


def _get(client: FlaskClient, address: str, **headers: str):  # type: ignore[no-untyped-def]
    return client.get(address, base_url="https://localhost", headers=headers)


def _post(client: FlaskClient, address: str, **data: str):  # type: ignore[no-untyped-def]
    return client.post(
        address,
        data=data,
        base_url="https://localhost",
        headers={"Referer": "https://localhost/desk"},
    )


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no field {name} on the page"
    return found[1]


def _form_of(page: str) -> dict[str, str]:
    names = ("csrf_token", "member_id", "request_key", "q")
    fields = page[page.index('action="/desk/visits"') :]
    return {name: _field(fields, name) for name in names} | {"location": "seattle"}


def _visits() -> list[Visit]:
    query = sa.select(Visit).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def test_enter_checks_in_once_and_undo_gives_the_session_back(
    app: Flask, shop: Shop, clock: SimulatedClock
) -> None:
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    desk = _signed_in(app, "desk@example.com", "desk", shop.seattle)
    page = _get(desk, "/desk?location=seattle&q=ada")
    assert "3 of 3 left" in page.text
    form = _form_of(page.text)
    for _ in range(2):
        assert _post(desk, "/desk/visits", **form).status_code == 303
    assert len(_visits()) == 1
    assert credits.balance(ada, noon(1, 5).date()) == 2

    listed = _get(desk, "/desk?location=seattle").text
    assert "is checked in" in listed
    clock.advance(minutes(9))
    visit = _visits()[0]
    token = _field(listed, "csrf_token")
    undo = {"location": "seattle", "csrf_token": token}
    assert _post(desk, f"/desk/visits/{visit.id}/undo", **undo).status_code == 303
    assert _visits()[0].undone_at is not None
    assert credits.balance(ada, noon(1, 5).date()) == 3
    actors = sa.select(AuditEntry.actor_id).where(AuditEntry.action == "visit.undone")
    assert db.session.scalars(actors).one() == visit.by_account_id


def test_eleven_minutes_later_the_desk_is_told_why_not(
    app: Flask, shop: Shop, clock: SimulatedClock
) -> None:
    buy(join(shop.seattle), shop.starter, shop.seattle, noon(1, 4))
    desk = _signed_in(app, "desk@example.com", "desk", shop.seattle)
    form = _form_of(_get(desk, "/desk?q=ada").text)
    _post(desk, "/desk/visits", **form)
    clock.advance(minutes(11))
    undo = {"location": "seattle", "csrf_token": form["csrf_token"]}
    answer = _post(desk, f"/desk/visits/{_visits()[0].id}/undo", **undo)
    assert "ten minutes" in _get(desk, answer.location).text
    assert _visits()[0].undone_at is None


def test_a_red_light_has_no_button_and_a_forced_click_is_refused_with_the_reason(
    app: Flask, shop: Shop
) -> None:
    ada = join(shop.seattle)
    desk = _signed_in(app, "desk@example.com", "desk", shop.seattle)
    page = _get(desk, "/desk?q=ada").text
    assert "No pack or plan yet." in page
    assert 'action="/desk/visits"' not in page
    form = {"member_id": str(ada), "location": "seattle", "request_key": "k", "q": "ada"}
    token = _field(page, "csrf_token")
    answer = _post(desk, "/desk/visits", csrf_token=token, **form)
    assert answer.location == "/desk?location=seattle&q=ada"
    assert _get(desk, answer.location).text.count("No pack or plan yet.") == 2
    assert _visits() == []


def test_while_somebody_types_only_the_list_is_sent(app: Flask, shop: Shop) -> None:
    join(shop.seattle)
    desk = _signed_in(app, "desk@example.com", "desk", shop.seattle)
    part = _get(desk, "/desk?location=seattle&q=ada", **{"HX-Request": "true"}).text
    assert "Ada Lovelace" in part
    assert "<html" not in part


def test_a_guest_comes_in_by_a_whole_key_and_a_stranger_is_missing(app: Flask, shop: Shop) -> None:
    bob = join(shop.boise, "Bob Stone")
    buy(bob, shop.starter, shop.boise, noon(1, 4))
    code = db.session.get_one(Member, bob).check_in_code
    desk = _signed_in(app, "desk@example.com", "desk", shop.seattle)
    assert "Bob Stone" not in _get(desk, "/desk?q=bob").text
    form = _form_of(_get(desk, f"/desk?q={code}").text)
    assert _post(desk, "/desk/visits", **(form | {"q": "bob"})).status_code == 404
    assert _visits() == []
    assert _post(desk, "/desk/visits", **form).status_code == 303
    assert [visit.location_id for visit in _visits()] == [shop.seattle]


def test_another_studios_page_and_visits_are_missing(app: Flask, shop: Shop) -> None:
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    here = _signed_in(app, "desk@example.com", "desk", shop.seattle)
    _post(here, "/desk/visits", **_form_of(_get(here, "/desk?q=ada").text))
    there = _signed_in(app, "boise@example.com", "desk", shop.boise)
    page = _get(there, "/desk")
    assert page.status_code == 200
    assert "Ada" not in page.text
    assert _get(there, "/desk?location=seattle").status_code == 404
    token = _field(_get(there, "/desk").text, "csrf_token")
    undo = f"/desk/visits/{_visits()[0].id}/undo"
    for slug in ("seattle", "boise"):
        assert _post(there, undo, csrf_token=token, location=slug).status_code == 404
    assert _visits()[0].undone_at is None


def test_the_books_keeper_has_no_desk(app: Flask, shop: Shop) -> None:
    keeper = _signed_in(app, "books@example.com", "accountant", None)
    assert _get(keeper, "/desk").status_code == 403


@pytest.mark.parametrize(
    "query", ["q=%E2%80%AE", "q=" + "x" * 500, "q=a&q=b", "shop=1", "location=A B"]
)
def test_a_search_that_cannot_be_read_names_the_field(app: Flask, shop: Shop, query: str) -> None:
    desk = _signed_in(app, "desk@example.com", "desk", shop.seattle)
    assert _get(desk, f"/desk?{query}").status_code == 422


def test_one_key_cannot_let_two_members_in(app: Flask, shop: Shop) -> None:
    for name in ("Ada Lovelace", "Bob Stone"):
        buy(join(shop.seattle, name), shop.starter, shop.seattle, noon(1, 4))
    desk = _signed_in(app, "desk@example.com", "desk", shop.seattle)
    ada, bob = (_form_of(_get(desk, f"/desk?q={name}").text) for name in ("ada", "bob"))
    assert _post(desk, "/desk/visits", **ada).status_code == 303
    stolen = bob | {"request_key": ada["request_key"]}
    told = _get(desk, _post(desk, "/desk/visits", **stolen).location).text
    assert "sent before, for another visit" in told
    assert len(_visits()) == 1
