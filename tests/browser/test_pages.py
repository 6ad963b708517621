"""Every page of the product with made-up figures: readable by everyone, light, dark, 360 px."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import (
    PHONE,
    Watch,
    assert_accessible_in_both_schemes,
    assert_no_sideways_scroll,
    new_context,
    served,
)
from tests.browser.page_samples import samples, samples_app

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(samples_app()) as address:
        yield address


@pytest.mark.parametrize("name", samples())
def test_page_is_readable_by_everyone_on_a_small_phone(
    browser: Browser, site: str, name: str
) -> None:
    watch = Watch(allowed=(site,))
    with new_context(browser, scheme="light", viewport=PHONE) as context:
        page = watch.on(context.new_page())
        page.goto(f"{site}/sample/{name}")
        expect(page.locator("h1")).to_have_count(1)
        assert_accessible_in_both_schemes(page)
        assert_no_sideways_scroll(page)
    watch.assert_silent()


def test_nobody_finds_a_box_of_consent_already_ticked(browser: Browser, site: str) -> None:
    with new_context(browser, scheme="light", viewport=PHONE) as context:
        page = context.new_page()
        page.goto(f"{site}/sample/join/consent.html")
        boxes = page.get_by_role("checkbox")
        expect(boxes).to_have_count(2)
        assert not any(box.is_checked() for box in boxes.all())


def test_the_desk_can_type_at_once(browser: Browser, site: str) -> None:
    with new_context(browser, scheme="light", viewport=PHONE) as context:
        page = context.new_page()
        page.goto(f"{site}/sample/desk/home.html")
        expect(page.get_by_label("Find a member or scan a code")).to_be_focused()


def test_enter_checks_in_the_one_who_was_found_even_without_javascript(
    browser: Browser, site: str
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}/sample/desk/home.html@one")
        expect(page.get_by_role("button", name="Check in Anna de Vries")).to_be_focused()
