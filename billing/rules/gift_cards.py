"""Gift cards: how a code is written, and what the law lets be paid out in cash. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final
from uuid import UUID

# Crockford's letters: none that looks like another one or like a digit.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 16  # 80 bits: guessing finds nothing
_GROUP: Final = 4
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_OURS = str.maketrans(_STANDARD, ALPHABET)


def normalised(text: str) -> str | None:
    """The code that somebody typed, as it is compared; None for what cannot be one."""
    if len(text) > 4 * LENGTH:
        return None
    code = text.upper().translate(_READ_AS)
    known = len(code) == LENGTH and all(char in ALPHABET for char in code)
    return code if known else None


def shown(code: str) -> str:
    """A code in groups, as people copy it."""
    return "-".join(code[at : at + _GROUP] for at in range(0, LENGTH, _GROUP))


def code_of(gift_card_id: UUID, *, pepper: str) -> str:
    """The code of a card: made from its key and our pepper, so that it is stored nowhere."""
    mac = hmac.new(pepper.encode(), b"gift-card-code:" + gift_card_id.bytes, hashlib.sha256)
    return base64.b32encode(mac.digest())[:LENGTH].decode().translate(_OURS)


def digest_of(code: str, *, pepper: str) -> str:
    """What is kept of a code, to find its card by: nobody reads the code back out of it."""
    return hmac.new(pepper.encode(), b"gift-card:" + code.encode(), hashlib.sha256).hexdigest()


def may_be_cashed(*, balance_cents: int, used_before: bool, below_cents: int) -> bool:
    """Whether what is left may be asked for in cash.

    RCW 19.240.020 (Washington): less than $5.00 left after a purchase, in cash on demand. 0 as
    `below_cents` means that the place knows no such rule.
    """
    return used_before and 0 < balance_cents < below_cents
