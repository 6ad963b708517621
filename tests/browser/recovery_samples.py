"""The pages of failed payments with made-up facts: long names, large sums, nothing at all."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace as Facts
from typing import Any
from uuid import UUID

from flask import Flask

from billing.rules.decline_words import words

LONG_NAME = "Anna-Maria Wolfeschlegelsteinhausenbergerdorff"
ADDRESSES = {
    "managing.failed_payments_page": "/failed-payments",
    "managing.failed_payment": "/failed-payments/<invoice_id>",
}


def add_addresses(app: Flask) -> None:
    """The addresses that these pages lead to."""
    for endpoint, path in ADDRESSES.items():
        app.add_url_rule(path, endpoint, lambda **_: "")


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page, by a name: `template` or `template@variant`."""
    files = {"csv_url": "/csv", "json_url": "/json"}
    one = Facts(invoice_id=UUID(int=4), member_name=LONG_NAME, number="SEA-2027-00001")
    one.place_name, one.opened_on, one.tries_text = "Seattle", date(2027, 6, 1), "2 of 4"
    one.why, one.class_text = words("insufficient_funds", "wait").to_team, "The bank asked to wait"
    one.next_on, one.given_up, one.due_cents, one.currency = date(2027, 6, 6), False, 871_400, "USD"
    waits = Facts(**vars(one) | {"next_on": None, "class_text": "Needs another card"})
    lost = Facts(**vars(one) | {"next_on": None, "given_up": True})
    made = [
        Facts(on=date(2027, 6, 1), on_page=False, state_text="Failed", why=words(None, "hard"),
              code="insufficient_funds", network_code="51", advice_code="26"),
        Facts(on=date(2027, 6, 3), on_page=True, state_text="Paid", why=None,
              code=None, network_code=None, advice_code=None),
    ]  # fmt: skip
    found = Facts(number="SEA-2027-00001", state="open", member_id=UUID(int=7), slug="sea")
    found.member_name, found.place_name, found.issued_on = LONG_NAME, "Seattle", date(2027, 6, 1)
    found.total_cents, found.due_cents, found.currency = 871_400, 871_400, "USD"
    found.tries = Facts(made=made, next_on=date(2027, 6, 6))
    return {
        "manage/failed_payments.html": {"found": [one, waits, lost], **files},
        "manage/failed_payments.html@empty": {"found": [], **files},
        "manage/failed_payment.html": {"found": found},
    }
