"""Two studios near Seattle, one in Boise, and people who work there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.audit import SYSTEM
from config.db import transaction
from locations import people, places, tax_rates
from locations.models import Account, Location
from tests.locations.quarter import lived

NOW = datetime(2027, 1, 4, 17, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Studios:
    """The group under test."""

    sea: Location
    tac: Location
    boi: Location


@pytest.fixture
def studios(app: Flask) -> Studios:
    """Three locations with a tax rate each for packs and plans."""
    with transaction():
        opened = [
            _open("sea", "Seattle", "America/Los_Angeles", "US-WA", 103_500),
            _open("tac", "Tacoma", "America/Los_Angeles", "US-WA", 103_000),
            _open("boi", "Boise", "America/Boise", "US-default", 60_000),
        ]
    return Studios(*opened)


@pytest.fixture
def quarter(studios: Studios) -> Studios:
    """The same studios after three months of all that moves sessions and time."""
    lived(studios)
    return studios


@pytest.fixture
def hire(app: Flask) -> Callable[..., Account]:
    """Make an account, with a role if one is named."""

    def hired(name: str, role: str | None = None, at: Location | None = None) -> Account:
        with transaction():
            account = people.create_account(
                email=f"{name}@studio.example", name=name.title(), password=PASSWORD, now=NOW
            )
            if role is not None:
                people.grant_role(
                    account.id, role=role, location_id=at and at.id, by=SYSTEM, now=NOW
                )
        return account

    return hired


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str], FlaskClient]:
    """A browser in which somebody has signed in through the page."""

    def signed_in(name: str) -> FlaskClient:
        browser = app.test_client()
        answer = post(browser, "/login", email=f"{name}@studio.example", password=PASSWORD)
        assert answer.status_code == 302, answer.text
        return browser

    return signed_in


def post(browser: FlaskClient, address: str, **fields: str):
    """Send a form as a browser does: from our own page, with its token, over https."""
    page = browser.get("/login" if address.startswith("/login") else "/change", base_url=HTTPS)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token is not None, page.text
    return browser.post(
        address,
        base_url=HTTPS,
        data={"csrf_token": token[1], **fields},
        headers={"Referer": f"{HTTPS}/"},
    )


HTTPS = "https://localhost"


def _open(slug: str, name: str, zone: str, jurisdiction: str, rate_ppm: int) -> Location:
    place = places.open_place(
        slug=slug,
        name=name,
        zone=zone,
        currency="USD",
        jurisdiction=jurisdiction,
        address=f"1 Main Street, {name}",
        number_prefix=slug.upper(),
        legal_entity="Cold Studios LLC",
        stripe_account="main",
        opened_on=date(2026, 1, 1),
    )
    for product_class in ("pack", "plan", "fee"):
        tax_rates.begin(
            location_id=place.id,
            product_class=product_class,
            name=f"{name} sales tax",
            rate_ppm=rate_ppm,
            effective_from=date(2026, 1, 1),
        )
    return place
