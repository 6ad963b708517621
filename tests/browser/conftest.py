"""One Chromium for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import ARGS, chromium_path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, ended with its file: while Playwright is open its thread has a running event
    loop, in which a queue's worker or another Playwright cannot start one of its own.
    """
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium found: install Debian's chromium or name one in CHROMIUM")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(path), args=ARGS)
        yield browser
        browser.close()
