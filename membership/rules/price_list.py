"""A price list as people write it: text into whole minor units and parts per million, and twins."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from config.money import minor_digits

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,3})?", re.ASCII)
_PERCENT = re.compile(r"(0|[1-9][0-9]?)(\.[0-9]{1,4})?", re.ASCII)

Outcome = Literal["opened", "new", "unchanged"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one line of a group file."""

    what: Literal["location", "tax", "pack", "plan"]
    name: str
    outcome: Outcome


def amount_of(text: str) -> Decimal:
    """ "99.00" as an exact number. Raises ValueError on anything but digits with one point."""
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"not an amount: {text!r}")
    return Decimal(text)


def cents_of(amount: Decimal, currency: str) -> int:
    """An amount in minor units of its currency; ValueError where it has a finer part."""
    minor = amount.scaleb(minor_digits(currency))
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} is finer than {currency} goes")
    return int(minor)


def rate_ppm_of(text: str) -> int:
    """A percentage as text in parts per million: "10.35" is 103500.

    Raises ValueError outside 0 to under 100, and on a fifth decimal place.
    """
    if not _PERCENT.fullmatch(text):
        raise ValueError(f"not a percentage: {text!r}")
    return int(Decimal(text).scaleb(4))


def twins(keys: Iterable[Hashable]) -> Iterator[int]:
    """Where, counted from 0, a key stands that an earlier one already was."""
    seen: set[Hashable] = set()
    for n, key in enumerate(keys):
        if key in seen:
            yield n
        seen.add(key)
