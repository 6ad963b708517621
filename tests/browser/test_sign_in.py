"""Signing in, as people meet it: a wrong password, a lost one, and a second step for staff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from passlib.totp import TOTP
from playwright.sync_api import Browser, Page, expect

from config.audit import SYSTEM
from config.clock import SimulatedClock
from config.db import transaction
from config.settings import Settings
from locations import people
from tests.browser.chromium import (
    PHONE,
    Watch,
    assert_accessible_in_both_schemes,
    assert_no_sideways_scroll,
    new_context,
    served,
)
from tests.support import databases

pytestmark = pytest.mark.browser
EMAIL, PASSWORD = "olga@example.com", "three small warm stones"


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """What a browser shows does not depend on the kind of database."""
    with databases.fresh(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, staff_second_factor="required")


@pytest.fixture
def site(app: Flask, clock: SimulatedClock) -> Iterator[str]:
    with transaction():
        olga = people.create_account(email=EMAIL, name="Olga", password=PASSWORD, now=clock.now())
        people.grant_role(olga.id, role="owner", location_id=None, by=SYSTEM, now=clock.now())
    with served(app) as address:
        yield address


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    watch = Watch(allowed=(site,))
    with new_context(browser, scheme="light", viewport=PHONE) as context:
        yield watch.on(context.new_page())
    watch.assert_silent()


def _looked_at(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    assert_accessible_in_both_schemes(page)
    assert_no_sideways_scroll(page)


def _sign_in(page: Page, site: str, *, password: str) -> None:
    page.goto(site + "/login")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_wrong_password_keeps_the_address_and_tells_no_more(page: Page, site: str) -> None:
    page.goto(site + "/login")
    _looked_at(page, "Sign in")
    _sign_in(page, site, password="something else")
    _looked_at(page, "Sign in")
    expect(page.get_by_label("Email")).to_have_value(EMAIL)
    expect(page.get_by_label("Password")).to_have_value("")
    assert page.locator("[role=alert], .invalid-feedback").count() >= 1


def test_a_lost_password_is_asked_for_without_telling_who_is_known(page: Page, site: str) -> None:
    page.goto(site + "/login")
    page.get_by_role("link", name="Forgot your password?").click()
    _looked_at(page, "Forgot your password?")
    page.get_by_label("Email").fill("nobody@example.com")
    page.get_by_role("button", name="Send me a link").click()
    assert_accessible_in_both_schemes(page)


def test_an_owner_sets_up_a_second_step_before_anything_else(page: Page, site: str) -> None:
    _sign_in(page, site, password=PASSWORD)
    _looked_at(page, "A second step for signing in")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("img[src^='data:image']")).to_be_visible()
    _looked_at(page, "A second step for signing in")
    key = page.locator("code").inner_text().replace("-", "").replace(" ", "")
    code = TOTP(key=key, format="base32").generate().token
    page.get_by_label("Authentication Code").fill(code)
    page.get_by_role("button", name="Confirm the code").click()
    page.goto(site + "/mf-recovery-codes")
    _looked_at(page, "Recovery codes")
    page.goto(site + "/change")
    _looked_at(page, "Change your password")
