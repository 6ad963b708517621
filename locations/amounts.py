"""Amounts of money as people type them."""

from __future__ import annotations

import re
from decimal import Decimal

from config.errors import invalid_field
from config.money import minor_digits

_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?", re.ASCII)


def typed_cents(text: str, *, currency: str, field: str) -> int:
    """Minor units of an amount like `12.50`, above zero; Invalid names the field otherwise."""
    digits = minor_digits(currency)
    cents = Decimal(text).scaleb(digits) if _AMOUNT.fullmatch(text) else Decimal(0)
    if cents <= 0 or cents != cents.to_integral_value():
        raise invalid_field(f"/{field}", "Write an amount like 12.50.")
    return int(cents)
