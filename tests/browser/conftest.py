"""One Chromium per test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import ARGS, chromium_path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium found: install Debian's chromium or name one in CHROMIUM")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(path), args=ARGS)
        yield browser
        browser.close()
