"""What no form of ours takes, and what it takes but never believes."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.db import db
from locations.models import Account
from membership.models import Visit
from tests.support import databases, studio
from tests.support.studio import PASSWORD

HTTPS = "https://localhost"
PERSON = {"name": "Ana", "email": "ana@example.com", "phone": "", "password": "a cold long lake"}
REFUSED = {
    "nothing": "",
    "blanks": " \t ",
    "a NUL": "a\x00b",
    "text from right to left": "a\u202eb",
    "too long": "x" * 20_000,
}
SHOWN = ["<script>alert(1)</script>", "{{7*7}}", '"><img src=x onerror=alert(1)>', "O'Brien & Co"]
Post = Callable[..., TestResponse]


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Input is judged before any database sees it."""
    with databases.fresh(request.param, tmp_path) as url:
        yield url


@pytest.fixture(autouse=True)
def group(app: Flask) -> studio.Studio:
    return studio.build()


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], FlaskClient]:
    def enter(who: str) -> FlaskClient:
        browser = app.test_client()
        fields = {"email": f"{who}@studio.example", "password": PASSWORD}
        assert _post(browser, "/login", "/login", **fields).status_code == 302
        return browser

    return enter


def _get(browser: FlaskClient, path: str) -> TestResponse:
    return browser.get(path, base_url=HTTPS)


def _post(browser: FlaskClient, path: str, page: str, **fields: str) -> TestResponse:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', _get(browser, page).text)
    assert token is not None, page
    return browser.post(
        path,
        base_url=HTTPS,
        data={"csrf_token": token[1], **fields},
        headers={"Referer": HTTPS + page},
    )


def _at_the_person(browser: FlaskClient) -> None:
    assert _post(browser, "/join", "/join", location="sea").status_code == 303
    offer = re.search(r'value="(pack:[0-9a-f-]+)"', _get(browser, "/join/start").text)
    assert offer is not None
    assert _post(browser, "/join/start", "/join/start", choice=offer[1]).status_code == 303


@pytest.mark.parametrize("field", ["name", "email"])
@pytest.mark.parametrize("kind", REFUSED)
def test_joining_names_the_wrong_field_and_keeps_the_others(
    stranger: FlaskClient, field: str, kind: str
) -> None:
    _at_the_person(stranger)
    answer = _post(stranger, "/join/you", "/join/you", **{**PERSON, field: REFUSED[kind]})
    assert answer.status_code == 422
    wrong = re.search(rf'<input[^>]*name="{field}"[^>]*>', answer.text)
    assert wrong is not None
    assert 'aria-invalid="true"' in wrong[0]
    other = "email" if field == "name" else "name"
    assert f'value="{PERSON[other]}"' in answer.text
    assert PERSON["password"] not in answer.text


@pytest.mark.parametrize("address", ["ana", "ana@", "@example.com", "a b@example.com", "ana@x"])
def test_an_address_that_is_none_is_given_back_to_be_mended(
    stranger: FlaskClient, address: str
) -> None:
    _at_the_person(stranger)
    answer = _post(stranger, "/join/you", "/join/you", **{**PERSON, "email": address})
    assert answer.status_code == 422
    assert f'value="{html.escape(address)}"' in answer.text


@pytest.mark.parametrize("name", SHOWN)
def test_a_name_is_text_and_never_markup(stranger: FlaskClient, name: str) -> None:
    _at_the_person(stranger)
    answer = _post(stranger, "/join/you", "/join/you", **{**PERSON, "name": name, "email": "no"})
    assert answer.status_code == 422
    shown = re.search(r'id="name"[^>]*value="([^"]*)"', answer.text)
    assert shown is not None
    assert "<" not in shown[1]
    assert html.unescape(shown[1]) == name


def test_an_unknown_field_is_not_quietly_swallowed(stranger: FlaskClient) -> None:
    _at_the_person(stranger)
    answer = _post(stranger, "/join/you", "/join/you", **PERSON, role="owner")
    assert answer.status_code == 422
    assert db.session.scalar(sa.select(Account).where(Account.email == PERSON["email"])) is None


@pytest.mark.parametrize(
    "choice", ["", "pack:", "pack:1", "plan:<script>", "x" * 5000, "pack:\x00"]
)
def test_only_what_is_on_sale_can_be_chosen(stranger: FlaskClient, choice: str) -> None:
    assert _post(stranger, "/join", "/join", location="sea").status_code == 303
    assert _post(stranger, "/join/start", "/join/start", choice=choice).status_code == 422


@pytest.mark.parametrize("slug", ["", "nowhere", "../sea", "SEA\x00", "sea" * 999])
def test_only_a_studio_that_exists_can_be_joined(stranger: FlaskClient, slug: str) -> None:
    assert _post(stranger, "/join", "/join", location=slug).status_code in (404, 422)


def test_steps_cannot_be_jumped(stranger: FlaskClient) -> None:
    for step in ("/join/start", "/join/you", "/join/sign", "/join/agree"):
        answer = _get(stranger, step)
        assert answer.status_code in (302, 303), step
        assert answer.headers["Location"] == "/join", step


@pytest.mark.parametrize("query", ["\x01", "\u202ename", "x" * 4000, "%", "_", "'; --", "🦊" * 40])
def test_the_desk_may_type_anything(signed_in: Callable[[str], FlaskClient], query: str) -> None:
    answer = signed_in("desk.sea").get("/desk", base_url=HTTPS, query_string={"q": query})
    assert answer.status_code in (200, 422)


@pytest.mark.parametrize("field", ["member_id", "location", "request_key"])
@pytest.mark.parametrize("value", ["", "1", "\x00", "x" * 5000])
def test_a_check_in_that_is_not_whole_is_refused(
    signed_in: Callable[[str], FlaskClient], field: str, value: str
) -> None:
    whole = {"member_id": "01890000-0000-7000-8000-000000000000", "location": "sea"}
    desk = signed_in("desk.sea")
    answer = _post(desk, "/desk/visits", "/desk", **{**whole, "request_key": "k", field: value})
    assert answer.status_code in (404, 422)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Visit)) == 0


MONTHS = ["2027-13", "2027-1", "27-01", "0001-01", "9999-12", "2027-01-01", "２０２７-０１", "<b>"]


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("name", ["from", "to"])
def test_a_month_that_is_none_is_said_and_kept(
    signed_in: Callable[[str], FlaskClient], name: str, month: str
) -> None:
    manager = signed_in("manager.sea")
    answer = manager.get("/manage/revenue", base_url=HTTPS, query_string={name: month})
    assert answer.status_code == 422
    assert f'id="{name}-problem"' in answer.text
    assert f'value="{html.escape(month)}"' in answer.text


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_led_to_another_host_after_signing_in(app: Flask, where: str) -> None:
    fields = {"email": "desk.sea@studio.example", "password": PASSWORD}
    page = f"/login?next={where}"
    answer = _post(app.test_client(), page, page, **fields)
    assert re.fullmatch(r"/(?![/\\\\]).*", answer.headers.get("Location", "/"))
