"""What never reaches a log or an audit fact: card numbers, mail addresses, secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "[hidden]"
CARD = "[card number]"

# A key is hidden whole when one of its words is among these: `card_number`, `X-Api-Key`.
_PRIVATE_WORDS = frozenset(
    {"password", "passwd", "secret", "token", "cookie", "authorization", "signature", "totp"}
    | {"card", "pan", "cvc", "cvv", "number", "email", "phone", "address", "birth", "otp"}
    | {"clearance", "score", "gauge", "medical", "health"}
)
_PRIVATE_KEYS = frozenset(
    {"api_key", "stripe_api_key", "x_api_key", "full_name", "first_name", "last_name"}
)
_WORDS = re.compile(r"[a-z0-9]+")
_DIGITS = re.compile(r"(?<![\w-])[0-9](?:[ -]?[0-9]){12,18}(?![\w-])", re.ASCII)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_STRIPE_SECRET = re.compile(r"\b(?:sk|rk|whsec)_[A-Za-z0-9_]{4,}")
_CONTROL = {n: f"\\x{n:02x}" for n in (*range(9), *range(11, 32), 127)}
_SURROGATE = re.compile("[\ud800-\udfff]")


def card_like(text: str) -> bool:
    """Whether the text holds 13 to 19 digits that pass the check of card numbers."""
    return any(_luhn(match.group()) for match in _DIGITS.finditer(text))


def clean_text(text: str) -> str:
    """The text without card numbers, mail addresses, vendor secrets and control characters."""
    text = _SURROGATE.sub("\ufffd", text).translate(_CONTROL)
    text = _DIGITS.sub(lambda match: CARD if _luhn(match.group()) else match.group(), text)
    return _STRIPE_SECRET.sub(HIDDEN, _EMAIL.sub(HIDDEN, text))


def redacted(value: Any, *, depth: int = 6) -> Any:
    """A copy of plain values fit for a log; deeper than `depth` it is cut off."""
    if depth == 0:
        return HIDDEN
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {
            str(key): HIDDEN if private(str(key)) else redacted(inner, depth=depth - 1)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(inner, depth=depth - 1) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and card_like(str(value)):
        return CARD
    return value


def private(key: str) -> bool:
    """Whether a value under this name is hidden, whatever it is."""
    words = _WORDS.findall(key.lower())
    return "_".join(words) in _PRIVATE_KEYS or not _PRIVATE_WORDS.isdisjoint(words)


def _luhn(text: str) -> bool:
    digits = [int(char) for char in text if char.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and any(digits)
