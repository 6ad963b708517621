"""The pages of money that goes back with made-up facts: long names, large sums, nothing at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace as Facts
from typing import Any
from uuid import UUID

from billing.refunds.refund_terms import HOWS, TOS
from billing.refunds.refund_ways import Way
from config.errors import FieldProblem
from config.pages import FormState

LONG_NAME = "Anna-Maria Wolfeschlegelsteinhausenbergerdorff"
DAY = date(2027, 6, 1)


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page, by a name: `template` or `template@variant`."""
    return {**_desk(), **_manager()}


def _desk() -> dict[str, dict[str, Any]]:
    seen = Facts(place=Facts(name="Seattle"), member=Facts(name=LONG_NAME), kept={})
    paid = Facts(id=UUID(int=4), what="Starter 3", number="SEA-2027-00001", issued_on=DAY)
    paid.place_name, paid.total_cents, paid.back_cents, paid.currency = (
        "Seattle",
        10925,
        2000,
        "USD",
    )
    line = Facts(n=1, description="Starter 3", net_cents=9900, tax_cents=1025)
    page = {
        "seen": seen,
        "invoice": Facts(number="SEA-2027-00001", currency="USD"),
        "invoice_lines": [line],
        "hows": list(HOWS.items()),
        "tos": list(TOS.items()),
        "action": "/refund",
        "back_url": "/back",
        "quote": None,
        "form": FormState({}),
    }
    quote = Facts(refund_cents=2000, refund_tax_cents=188, kept_cents=8925, currency="USD")
    quote.refund_by = date(2027, 7, 1)
    typed = {"how": "goodwill", "to": "card", "amount": "20.00", "reason": "it was cold"}
    wrong = FormState(
        typed, (FieldProblem("/amount", "That is more than is left."),), "Look again."
    )
    ways = [Way("To the card, by itself", 1500), Way("In cash, out of the till now", 500)]
    asked = {
        "quote": quote,
        "ways": ways,
        "form": FormState(typed),
        "lines": ["1"],
        "key": UUID(int=1),
    }
    choose = {"seen": seen, "url": lambda: lambda _id: "/refund/1", "back_url": "/back"}
    return {
        "desk/refund_choose.html": {**choose, "found": [paid]},
        "desk/refund_choose.html@empty": {**choose, "found": []},
        "desk/refund.html": page,
        "desk/refund.html@wrong": {**page, "form": wrong},
        "desk/refund.html@sum": {**page, **asked, "asks": False},
        "desk/refund.html@ask": {**page, **asked, "asks": True},
        "desk/refund.html@nothing": {**page, "hows": []},
    }


def _manager() -> dict[str, dict[str, Any]]:
    places = [Facts(slug="sea", name="Seattle"), Facts(slug="boi", name="Boise")]
    owed = Facts(charge_id=UUID(int=5), member_name=LONG_NAME, number="SEA-2027-00001")
    owed.place_name, owed.promised_on, owed.due_on, owed.overdue = "Seattle", DAY, DAY, True
    owed.words, owed.by_hand = "The card did not take it: expired or canceled card", True
    owed.amount_cents, owed.unsent_cents, owed.currency = 871_400, 871_400, "USD"
    sent = Facts(**vars(owed) | {"overdue": False, "by_hand": False, "words": "Sent to the card"})
    sent.unsent_cents = 0
    request = Facts(id=UUID(int=6), member_name=LONG_NAME, place_name="Seattle", number="SEA-1")
    request.amount_cents, request.currency, request.reason = 200_000, "USD", "it was cold"
    request.how, request.to, request.by = HOWS["goodwill"], TOS["card"], "Dee"
    request.asked_at, request.zone = datetime(2027, 6, 1, 17, tzinfo=UTC), "America/Boise"
    page = {
        "places": places,
        "decide_url": "/decide",
        "hand_url": "/hand",
        "csv_url": "/csv",
        "json_url": "/json",
    }
    return {
        "manage/refunds.html": {**page, "found": [owed, sent], "requests": [request]},
        "manage/refunds.html@empty": {**page, "found": [], "requests": []},
    }
