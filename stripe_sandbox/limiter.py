"""Stripe's request limits (https://docs.stripe.com/rate-limits): per endpoint, and in all."""

from __future__ import annotations

import threading
import time

from stripe_sandbox.errors import Unstored


class Limiter:
    """Token buckets that hold one second's worth. None means no limit. Real time, not simulated."""

    def __init__(self, *, per_endpoint: int | None, in_all: int | None) -> None:
        self.per_endpoint = per_endpoint
        self.in_all = in_all
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self._guard = threading.Lock()

    def change(self, *, per_endpoint: int | None, in_all: int | None) -> None:
        """Set other limits, with full buckets."""
        with self._guard:
            self.per_endpoint, self.in_all = per_endpoint, in_all
            self._buckets.clear()

    def admit(self, api_key: str, endpoint: str) -> None:
        """Let one request through, or raise a 429 that says which limit it met."""
        wanted = (
            ((api_key, endpoint), self.per_endpoint, "endpoint-rate"),
            ((api_key, "*"), self.in_all, "global-rate"),
        )
        now = time.monotonic()
        with self._guard:
            filled = []
            for name, rate, reason in wanted:
                if rate is None:
                    continue
                level, at = self._buckets.get(name, (float(rate), now))
                level = min(float(rate), level + (now - at) * rate)
                if level < 1:
                    raise refused(reason)
                filled.append((name, level))
            for name, level in filled:
                self._buckets[name] = (level - 1, now)


def refused(reason: str) -> Unstored:
    """The 429, which comes before the idempotency layer and is never remembered."""
    error = Unstored(
        429,
        {
            "type": "invalid_request_error", "code": "rate_limit",
            "message": "Request rate limit exceeded. You can learn more about rate limits here"
            " https://docs.stripe.com/rate-limits.",
        },
    )  # fmt: skip
    error.headers["Stripe-Rate-Limited-Reason"] = reason
    return error
