"""Long lists at Stripe, a page at a time through the account's own bucket, as charges go.

The daily look of a large house asks for hundreds of pages: it must not take the places of members
who are paying just then. A page that is refused as one too many is asked for again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from billing.accounts import StripeAccount
from billing.gateway import Throttled
from billing.gateway.asking import Pages, ask
from billing.pace import Pacer, SharedPacer
from billing.payments.collect import collecting

MAX_WAITS = 3
ENDPOINTS = ("list",)


class PacedPages(Pages):
    """Waits for a place before every page, and longer where Stripe says so."""

    def __init__(
        self, pacer: Pacer | SharedPacer, *, wait: Callable[[float], object] = time.sleep
    ) -> None:
        self._pacer = pacer
        self._wait = wait

    def page(self, call: Callable[[], Any]) -> Any:
        """One page; Throttled only after Stripe has said so again and again."""
        for _ in range(MAX_WAITS):
            self._wait(self._pacer.reserve(ENDPOINTS))
            try:
                return ask(call)
            except Throttled as limit:
                self._pacer.hold_back(limit.retry_after_s)
        self._wait(self._pacer.reserve(ENDPOINTS))
        return ask(call)


def paced(account: StripeAccount) -> StripeAccount:
    """The same account, whose lists go through its bucket."""
    pages = PacedPages(collecting().pacer_at(account.name))
    return replace(account, gateway=account.gateway.paced(pages))
