"""Idempotency keys of what does no harm twice: closing a page, canceling an intent, a customer.

Stripe keeps the first answer to a key for a day, an error of its own among them
(docs.stripe.com/api/idempotent_requests). Money is asked for under one key for good and can wait
for that day; a member who wants to pay cannot.
"""

from __future__ import annotations

from datetime import datetime


def of_this_minute(key: str, now: datetime) -> str:
    """The same for all who ask within a minute of business time, and another one afterwards."""
    return f"{key}:{now:%Y%m%d%H%M}"
