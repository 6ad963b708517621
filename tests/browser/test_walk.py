"""From the first click to the second charge, as a member, the desk and the manager see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from billing import day
from billing.payments import collect
from config import mail_delivery
from config.clock import SimulatedClock
from config.settings import Settings
from stripe_sandbox.launch import Running, launch
from tests.browser.chromium import (
    PHONE,
    Watch,
    assert_accessible_in_both_schemes,
    assert_no_sideways_scroll,
    new_context,
    served,
)
from tests.browser.studio import DESK, MANAGER, Site, free_port, settings_with
from tests.support import databases, studio
from tests.support.studio import PASSWORD

pytestmark = pytest.mark.browser
TABLET = {"width": 1024, "height": 768}


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """What a browser shows does not depend on the kind of database."""
    with databases.fresh(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[Running]:
    with launch(db=tmp_path / "stripe.sqlite3", now=databases.START) as running:
        yield running


@pytest.fixture
def settings(database: str, stripe: Running, tmp_path: Path) -> Settings:
    return settings_with(stripe, url=database, port=free_port(), folder=tmp_path)


@pytest.fixture
def site(app: Flask, settings: Settings) -> Iterator[Site]:
    group = studio.build()
    with served(app, port=settings.port) as address:
        yield Site(address, group.places["sea"])


@pytest.fixture
def watch(site: Site, stripe: Running) -> Iterator[Watch]:
    """The card page is the one other host that a browser may see."""
    watch = Watch(allowed=(site.url, stripe.url))
    yield watch
    watch.assert_silent()


def _look(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    assert_accessible_in_both_schemes(page)
    assert_no_sideways_scroll(page)


def _fits_a_phone(page: Page) -> None:
    """Staff look from a phone too."""
    page.set_viewport_size(PHONE)  # pyright: ignore[reportArgumentType]
    assert_no_sideways_scroll(page)
    page.set_viewport_size(TABLET)  # pyright: ignore[reportArgumentType]


def _next(page: Page, button: str = "Continue") -> None:
    page.get_by_role("button", name=button, exact=True).click()


def _join(page: Page, site: Site) -> None:
    page.goto(site.url + "/join")
    _look(page, "Where will you come?")
    page.get_by_label("Seattle").check()
    _next(page)
    _look(page, "How will you start?")
    page.get_by_label(re.compile("Starter 3")).check()
    _next(page)
    _look(page, "About you")
    page.get_by_label("Your name").fill("Anna de Vries")
    page.get_by_label("E-mail").fill("anna@example.com")
    page.get_by_label("Mobile phone").fill("206 555 0142")
    page.get_by_label("Choose a password").fill(PASSWORD)
    _next(page)
    _look(page, "Read and sign")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_label("Type your full name to sign").fill("Anna de Vries")
    _next(page, "Sign and continue")
    _look(page, "Today, and after")
    assert not any(box.is_checked() for box in page.get_by_role("checkbox").all())
    page.get_by_label(re.compile("Maint 2")).check()
    _next(page, "Continue to payment")
    _pay(page)


def _pay(page: Page) -> None:
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    if not page.get_by_label("Name on the card").input_value():
        page.get_by_label("Name on the card").fill("Anna de Vries")
    page.get_by_role("button", name=re.compile("Pay")).click()
    page.wait_for_url(re.compile("/join/welcome"))


def _sign_in(page: Page, site: Site, email: str) -> None:
    page.goto(site.url + "/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def _check_in(page: Page, site: Site) -> None:
    """With the keyboard alone: the search has the focus, Enter checks in."""
    _sign_in(page, site, DESK)
    search = page.get_by_label("Find a member or scan a code")
    expect(search).to_be_focused()
    page.keyboard.type("anna")
    expect(page.get_by_role("button", name="Check in Anna de Vries")).to_be_visible()
    assert_accessible_in_both_schemes(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Anna de Vries is checked in")
    expect(page.get_by_role("button", name=re.compile("Undo"))).to_be_visible()
    assert_accessible_in_both_schemes(page)
    _fits_a_phone(page)


def _session_ends_while_typing(page: Page) -> None:
    """The desk sees the sign-in page, not a piece of it inside the list."""
    page.context.clear_cookies()
    page.get_by_label("Find a member or scan a code").press_sequentially("bram")
    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    expect(page.get_by_label("Find a member or scan a code")).to_have_count(0)


def _until(clock: SimulatedClock, stripe: Running, site: Site, instant: datetime) -> None:
    """Let the scheduled work of a moment happen: letters, conversions, charges."""
    clock.set(instant)
    stripe.control("POST", "clock", {"now": instant.isoformat()})
    for _ in range(2):  # a letter is proven only after it has left
        day.work(site.seattle.id)
        mail_delivery.deliver_due(instant)
    collect.collect_ready()


def _member_sees(page: Page, site: Site, *, total: str) -> None:
    page.goto(site.url + "/")
    _look(page, "Hi Anna")
    expect(page.get_by_text("Visa •••• 4242")).to_be_visible()
    page.get_by_role("link", name="Invoices", exact=True).click()
    _look(page, "Invoices")
    page.locator("main").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("SEA-")
    assert_accessible_in_both_schemes(page)
    assert_no_sideways_scroll(page)
    expect(page.locator(".total").last).to_contain_text(total)


def _cancel(page: Page, site: Site) -> None:
    """Two clicks from home, with the last day of access before the second."""
    page.goto(site.url + "/")
    page.get_by_role("link", name="Cancel plan").click()
    _look(page, "Cancel Maint 2?")
    expect(page.get_by_text("February 13, 2027").first).to_be_visible()
    page.get_by_role("button", name="Cancel my plan").click()
    _look(page, "Hi Anna")
    expect(page.get_by_text("You keep your access until February 13, 2027")).to_be_visible()
    expect(page.get_by_text("Next charge")).to_have_count(0)


def _manager_sees(page: Page, site: Site, *, sold: str, earned: str) -> None:
    _sign_in(page, site, MANAGER)
    _look(page, "Revenue")
    expect(page).to_have_url(re.compile("/manage/revenue"))
    expect(page.locator("svg[role=img]")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("Jan 2027 Seattle"))
    expect(row).to_contain_text(sold)
    expect(row).to_contain_text(earned)
    expect(page.get_by_role("link", name="CSV")).to_be_visible()
    _fits_a_phone(page)


def _new_page(context: BrowserContext, watch: Watch) -> Page:
    page = watch.on(context.new_page())
    page.set_default_timeout(10_000)
    return page


def test_a_member_joins_comes_once_converts_on_the_14th_and_the_manager_sees_it(
    browser: Browser, site: Site, watch: Watch, clock: SimulatedClock, stripe: Running
) -> None:
    with (
        new_context(browser, scheme="light", viewport=PHONE) as phone,
        new_context(browser, scheme="light", viewport=TABLET) as tablet,
        new_context(browser, scheme="dark", viewport=TABLET) as office,
    ):
        member = _new_page(phone, watch)
        _join(member, site)
        _look(member, "Welcome, Anna")
        desk = _new_page(tablet, watch)
        _check_in(desk, site)
        _session_ends_while_typing(desk)
        member.goto(site.url + "/")
        expect(member.get_by_role("img", name="2 of 3 sessions left")).to_be_visible()
        _until(clock, stripe, site, datetime(2027, 1, 7, 16, 5, tzinfo=UTC))
        _until(clock, stripe, site, datetime(2027, 1, 14, 17, 30, tzinfo=UTC))
        _member_sees(member, site, total="$87.18")
        _manager_sees(_new_page(office, watch), site, sold="$178.00", earned="$33.00")
        _cancel(member, site)
