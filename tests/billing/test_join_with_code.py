"""A promotion's code on the way in: its price stands on the page before anything is agreed to."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from billing.models import Invoice
from config.db import db
from stripe_sandbox.launch import Running
from tests.billing.price_list import Studio
from tests.billing.test_join import ANA, PASSWORD, SIGNED, Browser, browser
from tests.support.story_promos import make_code, uses

__all__ = ["browser"]


def test_starter_with_a_code_costs_what_the_page_says(
    studio: Studio, browser: Browser, stripe: Running, app: Flask
) -> None:
    make_code("HELLO", amount_cents=2000)
    browser.post("/join", location="sea")
    unknown = browser.post("/join/start", choice=f"pack:{studio.starter}", promo="HALLO")
    assert unknown.status_code == 409
    assert "We do not know this code" in unknown.text
    on = browser.post("/join/start", choice=f"pack:{studio.starter}", promo=" hello ")
    assert on.location == "/join/you"
    browser.post("/join/you", **ANA, password=PASSWORD)
    browser.post("/join/sign", **SIGNED)

    page = browser.get("/join/agree").text
    assert "Less: Hello offer" in page
    assert "$87.18" in page, "79.00 and its tax of 10.35 percent"
    answer = browser.post("/join/agree")
    assert answer.location.startswith(stripe.url)
    bill = db.session.scalars(sa.select(Invoice)).one()
    assert (bill.net_cents, bill.tax_cents, bill.total_cents) == (7900, 818, 8718)
    assert uses() == ["reserved"]
