"""A call to Stripe that was promised in a row first: what came of it, and what silence means.

Whoever sends a refund or an answer leases its row, calls, and settles; here is what they share.
Nothing that Stripe did not say is taken for a no.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from billing.gateway import GatewayRefused, OutcomeUnknown, Throttled
from billing.payments.leases import LeaseLost
from config import clock

SILENT = "no_answer"
BUSY = "busy"

Seen = TypeVar("Seen")


class NotYet(Exception):
    """Nobody knows what became of it: `code` says why; `wait_ms` is how long Stripe wants peace,
    where it was not even looked at.
    """

    def __init__(self, code: str, *, wait_ms: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.wait_ms = wait_ms


def require_time(until_ms: int, *, call_ms: int, what: object) -> None:
    """Raise LeaseLost unless a call of this length fits into what is left of a lease."""
    if clock.lease_now_ms() + call_ms > until_ms:
        raise LeaseLost(str(what))


def answered(
    ask: Callable[[], Seen], *, final: Collection[int], tomorrow: Collection[str] = ()
) -> Seen:
    """What Stripe answers. GatewayRefused where it says no to the request itself (a status of
    `final`, and not a code of `tomorrow`); anything else is NotYet.
    """
    try:
        return ask()
    except Throttled as limit:
        raise NotYet(BUSY, wait_ms=int(limit.retry_after_s * 1000)) from limit
    except (OutcomeUnknown, LeaseLost) as silence:
        raise NotYet(SILENT) from silence
    except GatewayRefused as refusal:
        if refusal.status not in final or refusal.code in tomorrow:
            raise NotYet(refusal.code) from refusal
        raise
