"""How much of what failed came back."""

from __future__ import annotations

from decimal import Decimal

from config.money import half_up


def rate_text(back_cents: int, *, of_cents: int) -> str:
    """A share in percent with one decimal, half up; empty where nothing failed."""
    if of_cents == 0:
        return ""
    return f"{Decimal(half_up(1000 * back_cents, of_cents)).scaleb(-1):.1f}%"
