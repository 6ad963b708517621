"""How the browser tests start Chromium and what they expect of every page they open."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

ARGS = [
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 740}


def chromium_path() -> Path | None:
    """Where Chromium lies: the environment's word first, then Debian's place."""
    for candidate in (os.environ.get("CHROMIUM"), "/usr/bin/chromium"):
        if candidate and Path(candidate).exists():
            return Path(candidate)
    return None


@contextmanager
def opened() -> Iterator[Browser]:
    """Chromium for the tests of a file, and no longer: while Playwright is open its thread has a
    running event loop, in which a queue's worker or another Playwright cannot start one.
    """
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium found: install Debian's chromium or name one in CHROMIUM")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(path), args=ARGS)
        yield browser
        browser.close()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Requests are no news in a test."""


@contextmanager
def served(app: Flask, *, port: int = 0) -> Iterator[str]:
    """Serve an application on loopback, by default on a free port; yields its address."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()


@dataclass
class Watch:
    """What a page said and asked for while it was open."""

    allowed: tuple[str, ...]
    messages: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def on(self, page: Page) -> Page:
        """Listen to a page before it is opened."""
        page.on("console", lambda said: self.messages.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: self.messages.append(f"error: {error}"))
        page.on("request", lambda asked: self._note(asked.url))
        return page

    def _note(self, url: str) -> None:
        if not url.startswith((*self.allowed, "data:")):
            self.outside.append(url)

    def assert_silent(self) -> None:
        """No word on the console and no request to another host."""
        assert not self.messages, self.messages
        assert not self.outside, self.outside


def new_context(browser: Browser, *, scheme: str, viewport: dict[str, int]) -> BrowserContext:
    """A fresh profile; motion is off so that a colour is measured when it has arrived."""
    return browser.new_context(
        color_scheme=scheme,  # pyright: ignore[reportArgumentType]
        viewport=viewport,  # pyright: ignore[reportArgumentType]
        reduced_motion="reduce",
        locale="en-US",
    )


def assert_accessible(page: Page) -> None:
    """axe finds nothing to say; the script runs in the debugger's world, past the page's policy."""
    found = Axe().run(page)
    named = [
        f"{v['id']}: {v['help']} at {[n['target'] for n in v['nodes']][:4]}"
        for v in found.response["violations"]
    ]
    assert not named, named


def assert_accessible_in_both_schemes(page: Page) -> None:
    """The same in light and in dark, to which the page follows without being loaded anew."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
        assert_accessible(page)


def assert_no_sideways_scroll(page: Page) -> None:
    """Nothing is wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"the page is {wide} px wider than its window"
