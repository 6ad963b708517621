"""Verifies Stripe's webhook letters; every malformed one is refused the same way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import stripe

TOLERANCE_S = 300


class BadLetter(Exception):
    """Not signed by one of our secrets, too old, from the future, or not an event."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A verified event; `object_id` names what to retrieve, its content is never trusted."""

    id: str
    type: str
    object_id: str
    live_mode: bool
    payload: dict[str, Any]


def open_letter(
    body: bytes, signature: str | None, *, secrets: Sequence[str], now_s: int
) -> Letter:
    """Check the signature against each secret (two during a rotation) and read the event.

    The SDK accepts timestamps from the future and stumbles over bytes that are not UTF-8 and
    over a signed `[]`; all of these are a BadLetter here.
    """
    if not signature or not any(_signed(body, signature, secret, now_s) for secret in secrets):
        raise BadLetter("signature")
    try:
        event = json.loads(body.decode("utf-8"))
        held = event["data"]["object"]
        return Letter(
            id=_text(event["id"]),
            type=_text(event["type"]),
            object_id=_text(held.get("id") or "none"),
            live_mode=bool(event.get("livemode")),
            payload=_storable(
                {
                    "id": event["id"],
                    "type": event["type"],
                    "object": held.get("object"),
                    "created": event.get("created"),
                    "metadata": dict(held.get("metadata") or {}),
                }
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as bad:
        raise BadLetter("not an event") from bad


def _signed(body: bytes, signature: str, secret: str, now_s: int) -> bool:
    if not signature.isascii():  # the SDK compares in equal time, which takes ASCII alone
        return False
    try:
        text = body.decode("utf-8")
        stamp = dict(part.split("=", 1) for part in signature.split(",")).get("t", "")
        if abs(now_s - int(stamp)) > TOLERANCE_S:
            return False
        return bool(stripe.WebhookSignature.verify_header(text, signature, secret, None))
    except (ValueError, stripe.SignatureVerificationError):
        return False


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > 80:
        raise ValueError("an id or type that is not a short text")
    return value


def _storable(payload: dict[str, Any]) -> dict[str, Any]:
    """The same, if any database can keep it: no NUL, no half of a character, no infinity."""
    text = json.dumps(payload, ensure_ascii=False, allow_nan=False)
    text.encode("utf-8")
    if "\\u0000" in text:
        raise ValueError("a NUL")
    return payload
