"""A member's own pages, seen through a browser that shares nothing with the code."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.clock import SimulatedClock
from config.db import db, transaction
from locations import people, tax_rates
from membership.agreements import documents
from membership.models import Member
from tests.membership.plans import (
    agree,
    bill,
    consent_now,
    decline,
    live,
    live_through,
    mails,
    newest_period,
    plan_now,
)
from tests.membership.shop import Shop, buy, come, join, noon, open_shop

HTTPS = "https://localhost"
PASSWORD = "correct horse battery"


@pytest.fixture
def shop(app: Flask) -> Shop:
    """The shop with Seattle's tax on plans."""
    opened = open_shop()
    with transaction():
        tax_rates.begin(
            location_id=opened.seattle,
            product_class="plan",
            name="Seattle sales tax",
            rate_ppm=103_500,
            effective_from=date(2026, 1, 1),
        )
    return opened


def signed_in(app: Flask, member_id: UUID | None, name: str = "ada") -> FlaskClient:
    """A browser in which this member's account has signed in."""
    email = f"{name}@example.com"
    with transaction():
        account = people.create_account(
            email=email, name=name.title(), password=PASSWORD, now=noon(1, 4)
        )
        if member_id is not None:
            db.session.get_one(Member, member_id).account_id = account.id
    browser = app.test_client()
    answer = post(browser, "/login", "/login", email=email, password=PASSWORD)
    assert answer.status_code == 302, answer.text
    return browser


def get(browser: FlaskClient, address: str) -> TestResponse:
    return browser.get(address, base_url=HTTPS)


def post(browser: FlaskClient, address: str, page: str, **fields: str) -> TestResponse:
    """Send a form from our own page, with its token."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', get(browser, page).text)
    assert token is not None
    return browser.post(
        address,
        base_url=HTTPS,
        data={"csrf_token": token[1], **fields},
        headers={"Referer": f"{HTTPS}/"},
    )


def test_home_shows_what_is_left_and_the_next_charge_with_tax(
    app: Flask, shop: Shop, clock: SimulatedClock
) -> None:
    ada = join(shop.seattle)
    live(ada, shop.maint_2, shop.seattle, date(2027, 1, 4))
    come(ada, shop.seattle, noon(1, 5))
    clock.set(noon(1, 6))
    page = get(signed_in(app, ada), "/").text
    assert re.search(r'<span class="big">1</span> of 2 sessions left', page)
    for part in ("February 4, 2027", "$79.00", "$8.18", "$87.18", "Cancel plan", "<svg"):
        assert part in page


def test_home_tells_what_follows_the_starter_and_lets_the_member_withdraw(
    app: Flask, shop: Shop, clock: SimulatedClock
) -> None:
    ada = join(shop.seattle)
    pack = buy(ada, shop.starter, shop.seattle, noon(1, 4))
    consent = agree(ada, shop.maint_2, shop.seattle, pack, shop.starter)
    browser = signed_in(app, ada)
    assert "We write seven days before, with the date" in get(browser, "/").text
    come(ada, shop.seattle, noon(1, 4))
    live_through(shop.seattle, date(2027, 1, 4), date(2027, 1, 5))
    clock.set(noon(1, 5))
    page = get(browser, "/").text
    for part in ("January 14, 2027", "$87.18", "Use them until January 13, 2027"):
        assert part in page
    answer = post(browser, f"/agreements/{consent}/withdraw", "/")
    assert answer.status_code == 302
    assert consent_now(consent).state == "withdrawn"
    assert "I changed my mind" not in get(browser, "/").text


def test_two_clicks_cancel_a_plan_and_the_first_tells_the_last_day(
    app: Flask, shop: Shop, clock: SimulatedClock
) -> None:
    ada = join(shop.boise)
    plan = live(ada, shop.maint_2, shop.boise, date(2027, 6, 1))
    clock.set(noon(6, 12))
    browser = signed_in(app, ada)
    first = get(browser, "/plan/cancel")
    assert "June 30, 2027" in first.text
    assert plan_now(plan).ends_on is None
    assert post(browser, "/plan/cancel", "/plan/cancel").status_code == 302
    assert plan_now(plan).ends_on == date(2027, 7, 1)
    assert len(mails("membership_cancelled")) == 1
    home = get(browser, "/").text
    assert "until June 30, 2027" in home
    assert "Cancel plan" not in home
    assert not bill(shop.boise, date(2027, 7, 1)).dues


def test_home_says_until_when_sessions_work_while_a_payment_is_open(
    app: Flask, shop: Shop, clock: SimulatedClock
) -> None:
    ada = join(shop.seattle)
    plan = live(ada, shop.maint_2, shop.seattle, date(2027, 5, 1))
    bill(shop.seattle, date(2027, 6, 1))
    decline(plan, date(2027, 6, 1))
    clock.set(noon(6, 2))
    page = get(signed_in(app, ada), "/").text
    assert "Your sessions work until June 7, 2027" in page
    assert newest_period(plan).start == date(2027, 6, 1)


def test_agreements_show_the_exact_words(app: Flask, shop: Shop) -> None:
    ada = join(shop.seattle)
    pack = buy(ada, shop.starter, shop.seattle, noon(1, 4))
    consent = agree(ada, shop.maint_2, shop.seattle, pack, shop.starter)
    text = documents.current("waiver", location_id=shop.seattle)
    with transaction():
        documents.sign(
            member_id=ada,
            kind="waiver",
            version=text.version,
            text_sha256=text.sha256,
            signed_name="Ada Lovelace",
            location_id=shop.seattle,
            now=noon(1, 4),
            address="203.0.113.7",
            agent="a browser",
        )
    page = get(signed_in(app, ada), "/agreements").text
    assert consent_now(consent).text in page
    assert "frost injury is possible" in page
    assert documents.missing(ada) == ["contract"]
    assert mails("signed_copy")[0].context["text"] == text.text


def test_visits_say_where_a_session_went(app: Flask, shop: Shop) -> None:
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    come(ada, shop.seattle, noon(1, 4))
    page = get(signed_in(app, ada), "/visits").text
    for part in ("January 4, 2027", "Seattle", "Starter-3", "You used: 1 session", "-1"):
        assert part in page


def test_nobody_withdraws_or_cancels_for_somebody_else(app: Flask, shop: Shop) -> None:
    ada, bob = join(shop.seattle), join(shop.seattle, "Bob M")
    pack = buy(ada, shop.starter, shop.seattle, noon(1, 4))
    consent = agree(ada, shop.maint_2, shop.seattle, pack, shop.starter)
    browser = signed_in(app, bob, "bob")
    assert post(browser, f"/agreements/{consent}/withdraw", "/").status_code == 404
    assert consent_now(consent).state == "given"
    assert get(browser, "/plan/cancel").status_code == 404


def test_who_is_no_member_is_shown_the_way_in(app: Flask, shop: Shop) -> None:
    answer = get(signed_in(app, None, "eve"), "/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/join")
    stranger = get(app.test_client(), "/")
    assert stranger.status_code == 302
    assert "/login" in stranger.headers["Location"]
