"""Joining online as a browser does it: each step keeps what was typed, the last one writes all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from billing.models import Invoice, PaymentAttempt, PaymentIntent
from config.clock import SimulatedClock
from config.db import db
from locations.models import Account
from membership.models import Consent, CreditGrant, Member, MemberPack, SignedDocument
from stripe_sandbox.launch import Running
from tests.billing.price_list import Studio

PASSWORD = "a quiet cold morning"
ANA = {"name": "Ana Example", "email": "ana@studio.example", "phone": "206 555 0142"}
SIGNED = {"waiver": "yes", "contract": "yes", "signed_name": "Ana Example"}


@dataclass
class Browser:
    """A person at the join pages, who follows one redirect at a time."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url="https://localhost")

    def post(self, path: str, **fields: object) -> TestResponse:
        form = self.get(path)
        token = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
        assert token is not None, form.text
        return self.client.post(
            path,
            data={**fields, "csrf_token": token[1]},
            base_url="https://localhost",
            headers={"Referer": "https://localhost/join"},
        )


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


def _to_the_agreement(browser: Browser, choice: str) -> None:
    assert browser.post("/join", location="sea").location == "/join/start"
    assert browser.post("/join/start", choice=choice).location == "/join/you"
    assert browser.post("/join/you", **ANA, password=PASSWORD).location == "/join/sign"
    assert browser.post("/join/sign", **SIGNED).location == "/join/agree"


def _count(model: type) -> int:
    db.session.expire_all()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_starter_without_a_plan_is_bought_and_paid_and_welcomed(
    studio: Studio, browser: Browser, stripe: Running
) -> None:
    _to_the_agreement(browser, f"pack:{studio.starter}")
    page = browser.get("/join/agree").text
    assert "$109.25" in page
    assert "checked" not in page
    answer = browser.post("/join/agree")
    assert answer.status_code == 303
    assert answer.location.startswith(stripe.url)
    assert _count(Consent) == 0
    assert _count(SignedDocument) == 2

    session_id = db.session.scalars(sa.select(PaymentIntent.session_id)).one()
    stripe.control("POST", f"checkout/{session_id}/pay", {"token": "pm_card_visa"})
    back = browser.get(f"/checkout/return?session_id={session_id}")
    assert back.location.startswith("/join/welcome/")
    welcome = browser.get(back.location).text
    assert "Welcome, Ana" in welcome
    assert "first session within 14 days" in welcome
    assert _count(CreditGrant) == 1


def test_ticked_plan_is_kept_word_for_word_with_its_pack(
    studio: Studio, browser: Browser, stripe: Running
) -> None:
    _to_the_agreement(browser, f"pack:{studio.starter}")
    page = browser.get("/join/agree").text
    assert browser.post("/join/agree", consent=str(studio.monthly)).status_code == 303
    consent = db.session.scalars(sa.select(Consent)).one()
    assert consent.text in page
    assert (consent.price_cents, consent.tax_cents) == (7900, 818)
    assert consent.member_pack_id == db.session.scalars(sa.select(MemberPack.id)).one()
    assert consent.address == "127.0.0.1"


def test_two_ticked_plans_are_one_too_many(studio: Studio, browser: Browser) -> None:
    _to_the_agreement(browser, f"pack:{studio.starter}")
    answer = browser.post("/join/agree", consent=[str(studio.monthly), str(studio.unlimited)])
    assert answer.status_code == 422
    assert "one plan at most" in answer.text
    assert _count(Member) == 0


def test_plan_needs_its_agreement_and_then_is_sold(
    studio: Studio, browser: Browser, stripe: Running
) -> None:
    _to_the_agreement(browser, f"plan:{studio.monthly}")
    refused = browser.post("/join/agree")
    assert refused.status_code == 422
    assert "needs your agreement" in refused.text
    assert _count(Member) == _count(Account) == 0
    assert browser.post("/join/agree", consent=str(studio.monthly)).status_code == 303
    invoice = db.session.scalars(sa.select(Invoice)).one()
    assert (invoice.reason, invoice.state, invoice.total_cents) == ("first_period", "draft", 8718)


def test_nothing_is_stored_of_somebody_who_leaves_before_the_end(
    studio: Studio, browser: Browser
) -> None:
    _to_the_agreement(browser, f"pack:{studio.starter}")
    browser.get("/join/agree")
    assert [_count(m) for m in (Account, Member, SignedDocument, Invoice)] == [0, 0, 0, 0]


def test_password_is_not_readable_in_the_cookie(studio: Studio, browser: Browser) -> None:
    _to_the_agreement(browser, f"pack:{studio.starter}")
    cookie = browser.client.get_cookie("__Host-taper", domain="localhost")
    assert cookie is not None
    assert PASSWORD not in cookie.decoded_value
    assert len(cookie.value) < 4000


@pytest.mark.parametrize(
    ("path", "fields", "kept", "said"),
    [
        (
            "/join/you",
            {**ANA, "email": "ana@", "password": PASSWORD},
            "Ana Example",
            "mail address",
        ),
        ("/join/you", {**ANA, "password": "short"}, "ana@studio.example", "10"),
        ("/join/you", {**ANA, "phone": "12", "password": PASSWORD}, "Ana Example", "telephone"),
        ("/join/sign", {"waiver": "yes", "signed_name": "Ana"}, "Ana", "tick the box"),
    ],
)
def test_mistake_is_named_beside_what_was_typed(
    studio: Studio, browser: Browser, path: str, fields: dict, kept: str, said: str
) -> None:
    browser.post("/join", location="sea")
    browser.post("/join/start", choice=f"pack:{studio.starter}")
    if path == "/join/sign":
        browser.post("/join/you", **ANA, password=PASSWORD)
    answer = browser.post(path, **fields)
    assert answer.status_code == 422
    assert f'value="{kept}"' in answer.text
    assert said in answer.text
    assert PASSWORD not in answer.text


@pytest.mark.parametrize("path", ["/join/start", "/join/you", "/join/sign", "/join/agree"])
def test_step_that_was_skipped_leads_back(studio: Studio, browser: Browser, path: str) -> None:
    assert browser.get(path).location == "/join"


@pytest.mark.parametrize("choice", ["pack:nothing", "plan:", "gift:1", "pack:" + "0" * 36, "'--"])
def test_what_is_not_on_sale_cannot_be_chosen(
    studio: Studio, browser: Browser, choice: str
) -> None:
    browser.post("/join", location="sea")
    assert browser.post("/join/start", choice=choice).status_code == 422


def test_address_that_is_in_use_is_refused_in_words_that_name_nobody(
    studio: Studio, browser: Browser, app: Flask
) -> None:
    _to_the_agreement(browser, f"pack:{studio.starter}")
    browser.post("/join/agree")
    other = Browser(app.test_client())
    other.post("/join", location="sea")
    other.post("/join/start", choice=f"pack:{studio.starter}")
    answer = other.post("/join/you", **ANA, password=PASSWORD)
    assert answer.status_code == 409
    assert "Ana" not in re.sub(r'value="[^"]*"', "", answer.text)
    assert _count(Member) == 1


def test_price_that_changed_while_the_page_was_open_is_shown_before_it_is_charged(
    studio: Studio, browser: Browser, clock: SimulatedClock, reprice: Callable[[int], None]
) -> None:
    _to_the_agreement(browser, f"plan:{studio.monthly}")
    form = browser.get("/join/agree").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token is not None
    reprice(110_000)
    answer = browser.client.post(
        "/join/agree",
        data={"consent": str(studio.monthly), "csrf_token": token[1]},
        base_url="https://localhost",
        headers={"Referer": "https://localhost/join/agree"},
    )
    assert answer.status_code == 409
    assert "$87.69" in answer.text
    assert _count(Member) == 0


def test_who_left_the_card_page_tries_again_without_signing_twice(
    studio: Studio, browser: Browser, stripe: Running
) -> None:
    _to_the_agreement(browser, f"pack:{studio.starter}")
    browser.post("/join/agree")
    invoice_id = db.session.scalars(sa.select(Invoice.id)).one()
    left = browser.get(f"/checkout/left/{invoice_id}")
    page = browser.get(left.location)
    assert "Nothing was charged" in page.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    again = browser.client.post(
        f"/join/again/{invoice_id}",
        data={"csrf_token": token[1]},
        base_url="https://localhost",
        headers={"Referer": "https://localhost/join"},
    )
    assert again.location == "/join/sign"
    assert browser.get("/join/sign").location == "/join/agree"
    assert browser.post("/join/agree").location.startswith(stripe.url)
    assert _count(SignedDocument) == 2
    states = sorted(db.session.scalars(sa.select(PaymentAttempt.state)))
    assert states == ["action", "failed"]
