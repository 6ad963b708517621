"""How much of what failed came back."""

from __future__ import annotations


def rate_text(back_cents: int, *, of_cents: int) -> str:
    """A share in percent with one decimal, half up; empty where nothing failed."""
    if of_cents == 0:
        return ""
    tenths = (2000 * back_cents + of_cents) // (2 * of_cents)
    return f"{tenths // 10}.{tenths % 10}%"
