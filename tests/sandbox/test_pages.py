"""The hosted page: a plain form that pays, declines, asks the bank, and says it is not Stripe."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import (
    PHONE,
    Watch,
    assert_accessible,
    assert_no_sideways_scroll,
    new_context,
    opened,
)

BUYER = {"name": "Mara Lind", "email": "mara@test.example"}


def _sale(api: Any, customer: str, back: str) -> Any:
    return api.checkout.sessions.create(
        {
            "mode": "payment",
            "customer": customer,
            "success_url": back + "?session={CHECKOUT_SESSION_ID}",
            "cancel_url": back,
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 11037,
                        "product_data": {"name": "Starter <b>3</b> sessions"},
                    },
                }
            ],
        }
    )


def _browse(url: str, form: dict[str, str] | None = None) -> tuple[int, str, str | None]:
    """Status, page and redirect of a visit, or of a form sent."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=10)
    path = place.path + (f"?{place.query}" if place.query else "")
    connection.request("POST" if form else "GET", path, urlencode(form) if form else None)
    reply = connection.getresponse()
    found = reply.status, reply.read().decode(), reply.getheader("Location")
    connection.close()
    return found


def test_the_page_shows_what_is_paid_and_that_it_is_not_stripe(api, member) -> None:
    session = _sale(api, member.customer, "https://studio.test.example/")
    status, page, _ = _browse(session.url)
    assert status == 200
    assert "This is not Stripe" in page
    assert "110.37 USD" in page
    assert "Starter &lt;b&gt;3" in page


def test_a_good_card_pays_and_leads_back_with_the_sessions_id(api, member) -> None:
    session = _sale(api, member.customer, "https://studio.test.example/back")
    form = {**BUYER, "card_number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123"}
    status, _, place = _browse(session.url, form)
    assert (status, place) == (303, f"https://studio.test.example/back?session={session.id}")
    assert api.checkout.sessions.retrieve(session.id).payment_status == "paid"
    again = _browse(session.url, form)
    assert again[0] in (303, 400)
    assert len(api.charges.list({"customer": member.customer}).data) == 1


def test_a_bad_card_stays_on_the_page_with_the_reason_and_what_was_typed(api, member) -> None:
    session = _sale(api, member.customer, "https://studio.test.example/")
    status, page, _ = _browse(session.url, {**BUYER, "card_number": "4000000000009995"})
    assert status == 422
    assert "insufficient funds" in page
    assert BUYER["name"] in page
    assert "4000000000009995" not in page.split("<details>")[0]


def test_a_number_that_is_no_test_card_is_refused_and_kept_nowhere(sandbox, api, member) -> None:
    session = _sale(api, member.customer, "https://studio.test.example/")
    status, page, _ = _browse(session.url, {**BUYER, "card_number": "4111111111111111"})
    assert status == 422
    assert "never type a real card number" in page
    assert "4111111111111111" not in page
    assert sandbox.control("GET", "stats")["objects"]["payment_intent"] == 0


@pytest.mark.parametrize(("answer", "paid"), [("complete", "paid"), ("fail", "unpaid")])
def test_a_careful_bank_asks_before_the_sale_is_paid(api, member, answer: str, paid: str) -> None:
    session = _sale(api, member.customer, "https://studio.test.example/")
    status, page, _ = _browse(session.url, {**BUYER, "card_number": "4000002760003184"})
    assert (status, "is it you?" in page) == (200, True)
    _browse(session.url, {**BUYER, "authentication": answer})
    assert api.checkout.sessions.retrieve(session.id).payment_status == paid


def test_an_expired_page_takes_no_card(api, member) -> None:
    session = _sale(api, member.customer, "https://studio.test.example/")
    api.checkout.sessions.expire(session.id)
    assert _browse(session.url)[0] == 410
    status, _, _ = _browse(session.url, {**BUYER, "card_number": "4242424242424242"})
    assert status == 400


def test_the_banks_page_of_an_intent_needs_its_secret(api, member) -> None:
    careful = api.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": member.customer}
    )
    intent = member.intent()
    asked = api.payment_intents.confirm(
        intent.id,
        {"payment_method": careful.id, "return_url": "https://studio.test.example/bank"},
    )
    url = asked.next_action.redirect_to_url.url
    assert _browse(url)[0] == 200
    assert _browse(url.split("?")[0], {"authentication": "complete"})[0] == 404
    assert api.payment_intents.retrieve(intent.id).status == "requires_action"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened() as found:
        yield found


@pytest.mark.browser
def test_a_person_pays_in_a_browser_on_pages_everyone_can_read(
    browser: Browser, sandbox, api, member
) -> None:
    session = _sale(api, member.customer, sandbox.url + "/")
    watch = Watch(allowed=(sandbox.url,))
    with new_context(browser, scheme="light", viewport=PHONE) as context:
        page = watch.on(context.new_page())
        page.goto(session.url)
        page.get_by_text("Test cards").click()
        _readable_in_both_schemes(page)
        page.get_by_label("Card number").fill("4000002760003184")
        page.get_by_label("Name on the card").fill("Mara Lind")
        page.get_by_role("button", name="Pay 110.37 USD").click()
        page.get_by_role("button", name="Fail authentication").wait_for()
        _readable_in_both_schemes(page)
        page.get_by_role("button", name="Fail authentication").click()
        page.get_by_text("authentication failed").wait_for()
        _readable_in_both_schemes(page)
        page.get_by_label("Card number").fill("4242424242424242")
        page.get_by_label("Name on the card").fill("Mara Lind")
        page.get_by_role("button", name="Pay 110.37 USD").click()
        page.wait_for_url(f"{sandbox.url}/?session={session.id}")
    watch.messages = [said for said in watch.messages if "422" not in said]
    watch.assert_silent()
    assert api.checkout.sessions.retrieve(session.id).status == "complete"


def _readable_in_both_schemes(page: Page) -> None:
    assert_no_sideways_scroll(page)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert_accessible(page)
