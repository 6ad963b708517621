"""The parts that pages are made of, in a real browser: light, dark, and at 360 px."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import (
    PHONE,
    Watch,
    assert_accessible,
    assert_accessible_in_both_schemes,
    assert_no_sideways_scroll,
    new_context,
    served,
)
from tests.browser.kit_app import kit_app

pytestmark = pytest.mark.browser
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(kit_app()) as address:
        yield address


@pytest.mark.parametrize("path", ["/", "/form", "/report", "/error/404"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_part_is_readable_by_everyone_and_keeps_to_itself(
    browser: Browser, site: str, path: str, viewport: dict[str, int]
) -> None:
    watch = Watch(allowed=(site,))
    with new_context(browser, scheme="light", viewport=viewport) as context:
        page = watch.on(context.new_page())
        page.goto(site + path)
        assert_accessible_in_both_schemes(page)
        assert_no_sideways_scroll(page)
    if path == "/error/404":
        # Chromium itself notes the status of the page; that is no word of ours.
        watch.messages = [said for said in watch.messages if "404" not in said]
    watch.assert_silent()


def test_a_chosen_colour_scheme_outlives_the_page(browser: Browser, site: str) -> None:
    with new_context(browser, scheme="light", viewport=PHONE) as context:
        page = context.new_page()
        page.goto(site)
        page.get_by_role("button", name="Switch to dark colours").click()
        page.goto(site + "/form")
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_a_form_sent_back_keeps_what_was_typed_and_goes_to_the_wrong_field(
    browser: Browser, site: str
) -> None:
    with new_context(browser, scheme="light", viewport=PHONE) as context:
        page = context.new_page()
        page.goto(site + "/form")
        page.get_by_label("Your name").fill("Anna de Vries")
        page.get_by_label("Password").fill("a long secret")
        page.get_by_label("Ten sessions").check()
        with page.expect_navigation() as went:
            page.get_by_role("button", name="Continue").click()
        assert went.value.status == 422
        expect(page.get_by_label("Your name")).to_have_value("Anna de Vries")
        expect(page.get_by_label("Password")).to_have_value("")
        expect(page.get_by_label("Ten sessions")).to_be_checked()
        expect(page.get_by_label("I agree.")).not_to_be_checked()
        expect(page.get_by_label("E-mail")).to_be_focused()
        expect(page.get_by_text("Tell us your e-mail address.")).to_be_visible()
        assert_accessible(page)


def test_pages_work_without_javascript(browser: Browser, site: str) -> None:
    with browser.new_context(java_script_enabled=False, viewport=PHONE) as context:  # pyright: ignore[reportArgumentType]
        page = context.new_page()
        page.goto(site + "/form")
        page.get_by_label("Your name").fill("Anna")
        page.get_by_label("E-mail").fill("anna@example.com")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="Hi Anna")).to_be_visible()
        expect(page.locator("[data-theme-toggle]")).to_be_hidden()


def test_an_inline_script_would_be_stopped(browser: Browser, site: str) -> None:
    with new_context(browser, scheme="light", viewport=PHONE) as context:
        page = context.new_page()
        page.goto(site)
        page.evaluate(
            "const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
            "document.body.append(s)"
        )
        assert page.evaluate("window.ran") is None
