"""What a lost dispute takes back of credits: no more than the money that went. Pure."""

from __future__ import annotations

from typing import NamedTuple

from config.money import allocate


class Revoked(NamedTuple):
    """Sessions to take back, and what they are worth in minor units before tax."""

    sessions: int
    cents: int


def last_sessions(*, remaining: int, remaining_cents: int, worth_cents: int) -> Revoked:
    """The last whole sessions of a batch that are together worth at most `worth_cents`.

    All of them where the money that went covers them; where a part was paid by another tender,
    the first ones stay with the member, odd cents and all.
    """
    if remaining_cents <= worth_cents:
        return Revoked(remaining, remaining_cents)
    taken = cents = 0
    for value in reversed(allocate(remaining_cents, remaining)):
        if cents + value > worth_cents:
            break
        taken, cents = taken + 1, cents + value
    return Revoked(taken, cents)
