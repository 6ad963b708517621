"""Every letter of the product renders from the facts it is sent with, and says what it must."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from jinja2 import StrictUndefined

from billing.rules.decline_words import words
from config.formats import FILTERS
from config.mail import compose

ROOT = Path(__file__).resolve().parents[2]
PERSON = {"name": "Anna <de Vries>", "place_name": "Seattle", "plan_name": "Maintenance 2"}
SMALLER = {
    "to_name": "Maintenance 1",
    "sessions": 1,
    "price": "$79.00",
    "tax": "$8.18",
    "total": "$87.18",
}
MONEY = {
    "name": "Anna",
    "invoice_id": "0193-7",
    "location": "Seattle",
    "zone": "America/Los_Angeles",
    "currency": "USD",
    "amount_cents": 8718,
}
RESTS = {
    **PERSON,
    "starts_on": "March 5, 2027",
    "last_access_on": "March 4, 2027",
    "back_on": "April 4, 2027",
    "next_charge_on": "April 9, 2027",
    "arrears": False,
}
LETTERS: dict[str, tuple[dict[str, object], str]] = {
    "receipt": (MONEY, "$87.18"),
    "payment_failed": (
        {**MONEY, "reason": "declined", "next_try_on": "2027-06-03"},
        "June 3, 2027",
    ),
    "card_expires": (
        {**MONEY, "brand": "visa", "last4": "4242", "last_day": "2027-06-30"},
        "June 30, 2027",
    ),
    "refund_sent": (
        {**MONEY, "amount": "$66.18", "number": "TAC-2027-000007"},
        "$66.18 of invoice TAC-2027-000007",
    ),
    "refund_failed": (
        {**MONEY, "amount": "$66.18", "number": "TAC-2027-000007", "place_name": "Tacoma"},
        "We still owe it to you",
    ),
    "refund_on_gift_card": (
        {**MONEY, "amount": "$66.18", "number": "TAC-2027-000007", "gift_card_id": "0193-8"},
        "3F9K 22PX 8WQM 71TZ",
    ),
    "gift_card": (
        {**MONEY, "buyer": "Ben", "gift_card_id": "0193-8"},
        "3F9K 22PX 8WQM 71TZ",
    ),
    "confirm_payment": (MONEY, "https://taper.example/pay/0193-7"),
    "membership_cancelled": (
        {
            **PERSON,
            "last_access_on": "July 1, 2027",
            "still_charged_on": "",
            "refund": "$115.04",
            "refund_by": "July 12, 2027",
        },
        "We send $115.04 back to you by July 12, 2027.",
    ),
    "cancel_undone": ({**PERSON, "next_due_on": "July 1, 2027"}, "July 1, 2027"),
    "dispute_opened": ({**PERSON, "amount": "$87.18"}, "It holds the money until"),
    "dispute_won": ({**PERSON, "amount": "$87.18"}, "https://taper.example/card"),
    "dispute_lost": ({**PERSON, "amount": "$87.18"}, "You owe nothing for it"),
    "location_closes": ({**PERSON, "closes_on": "July 1, 2027"}, "closes on July 1, 2027"),
    "plan_given_back": (
        {**PERSON, "refund": "$43.59", "refund_by": "July 31, 2027"},
        "$43.59 by July 31, 2027",
    ),
    "pack_given_back": (
        {**PERSON, "pack_name": "Booster 3", "refund": "$66.18", "refund_by": "July 12, 2027"},
        "$66.18",
    ),
    "hold_planned": (RESTS, "first day back is April 4, 2027"),
    "hold_dropped": ({**RESTS, "arrears": True}, "because a payment is still open"),
    "hold_over": (RESTS, "renews next on April 9, 2027"),
    "plan_change": (
        {**PERSON, "state": "pending", "on": "June 10, 2027", "price": "$79.00"},
        "from June 10, 2027 on your plan is Maintenance 2",
    ),
    "membership_locked": (PERSON, "https://taper.example/card"),
    "signed_copy": (
        {
            **PERSON,
            "title": "Waiver",
            "version": "1",
            "signed_name": "Anna",
            "signed_at": "2027-01-04T17:00+00:00",
            "text": "Exactly <this> & that.",
        },
        "Exactly <this> & that.",
    ),
    "notice_conversion": (
        {
            **PERSON,
            "about_on": "January 14, 2027",
            "price": "$79.00",
            "joining": None,
            "tax": "$8.18",
            "total": "$87.18",
            "decline_path": "/plan/decline/a-seal",
        },
        "https://taper.example/plan/decline/a-seal",
    ),
    "notice_plan_offer": ({**PERSON, "about_on": "January 14, 2027"}, "nothing will be"),
    "notice_window": (
        {**PERSON, "about_on": "January 14, 2027", "pack": "Starter 3", "sessions_left": 1},
        "1 session",
    ),
    "notice_price_rise": (
        {
            **PERSON,
            **SMALLER,
            "about_on": "June 10, 2027",
            "old_price": "$79.00",
        },
        "You pay $79.00 before tax now",
    ),
    "notice_step_down": (
        {**PERSON, **SMALLER, "about_on": "June 10, 2027", "stay_path": "/plan/stay/a-seal"},
        "https://taper.example/plan/stay/a-seal",
    ),
    "notice_tier_offer": ({**PERSON, **SMALLER, "why": "step_up"}, "costs $79.00 plus $8.18 tax"),
    "price_stays": ({**PERSON, "price": "$79.00"}, "stays at $79.00"),
    "step_down_dropped": (PERSON, "renews as before"),
    "sign_in": ({"subject": "Reset", "body": "Follow https://taper.example/reset/x"}, "reset/x"),
}


@pytest.fixture
def strict_app() -> Flask:
    """An application whose templates stop at a fact they were not given."""
    app = Flask("letters", root_path=str(ROOT))
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.config["DEFAULT_LOCALE"] = "en_US"
    app.config["MAIL_CONTEXT"] = {"base_url": "https://taper.example", "group_name": "Taper"}
    app.config["MAIL_ATTACHES"] = False
    app.jinja_env.filters["gift_card_code"] = lambda _gift_card_id: "3F9K 22PX 8WQM 71TZ"
    return app


@pytest.mark.parametrize("template", LETTERS)
def test_letter_says_what_it_must(strict_app: Flask, template: str) -> None:
    facts, must_say = LETTERS[template]
    with strict_app.app_context():
        letter = compose(template, facts, key="k", to="anna@example.com")
    assert must_say in letter.subject + letter.text
    assert "\n" not in letter.subject
    assert "{" not in letter.text
    assert "None" not in letter.text


def test_no_letter_is_left_out_of_this_test() -> None:
    written = {path.stem for path in (ROOT / "templates" / "mail").glob("[!_]*.txt")}
    assert written == set(LETTERS)


def test_a_card_that_is_never_tried_again_is_said_so(strict_app: Flask) -> None:
    why = words("stolen_card", "hard").to_member
    facts = {**MONEY, "reason": why, "next_try_on": None}
    with strict_app.app_context():
        letter = compose("payment_failed", facts, key="k", to="anna@example.com")
    assert "We will not try this card again" in letter.text
    assert "stolen" not in letter.text
