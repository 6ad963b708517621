"""One call to Stripe, and the three things that can have gone wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import stripe

from billing.gateway.values import GatewayRefused, OutcomeUnknown, Throttled

T = TypeVar("T")
DEFAULT_RETRY_AFTER_S = 1.0


def with_key(key: str) -> Any:
    """The options of a POST: our own idempotency key."""
    return {"idempotency_key": key}


def ask(call: Callable[[], T]) -> T:
    """Make a call; the SDK's errors become Throttled, OutcomeUnknown or GatewayRefused.

    A declined card passes through: its body is an answer.
    """
    try:
        return call()
    except stripe.CardError:
        raise
    except stripe.RateLimitError as limit:
        raise Throttled(_retry_after(limit)) from limit
    except (stripe.APIConnectionError, stripe.APIError) as unknown:
        raise OutcomeUnknown(type(unknown).__name__) from unknown
    except stripe.StripeError as refused:
        if refused.http_status in (None, 409) or refused.http_status >= 500:
            raise OutcomeUnknown(f"{refused.http_status} {refused.code}") from refused
        code = refused.code or type(refused).__name__
        raise GatewayRefused(code, str(refused), status=refused.http_status) from refused
    except (ValueError, KeyError, TypeError, AttributeError) as unreadable:
        # The SDK could not make sense of the body: the call may still have taken effect.
        raise OutcomeUnknown("unreadable answer") from unreadable


class Pages:
    """How the pages of long lists are asked for: at once, unless somebody paces them."""

    def page(self, call: Callable[[], Any]) -> Any:
        """One page, with the errors of `ask`."""
        return ask(call)


AT_ONCE = Pages()


def _retry_after(limit: stripe.RateLimitError) -> float:
    stated = (limit.headers or {}).get("retry-after") or (limit.headers or {}).get("Retry-After")
    try:
        return min(60.0, max(0.0, float(stated)))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return DEFAULT_RETRY_AFTER_S
