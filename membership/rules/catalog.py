"""What is sold, as plain values: terms of packs and plans, and what a valid one looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from config.calendar import Interval
from config.errors import FieldProblem

PackKind = Literal["starter", "extension", "booster", "drop_in"]
PACK_KINDS: tuple[PackKind, ...] = ("starter", "extension", "booster", "drop_in")

MOST_SESSIONS = 1000
MOST_DAYS = 3660
MOST_CENTS = 100_000_000
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class PackTerms:
    """A pack version as one location sells it; the price in minor units, before tax.

    `window_days` counts from the first redemption, `first_use_days` from the purchase; 0 means
    that there is no such limit.
    """

    pack_version_id: UUID
    code: str
    kind: PackKind
    name: str
    sessions: int
    window_days: int
    first_use_days: int
    price_cents: int
    currency: str


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """A plan version as one location sells it; prices in minor units, before tax.

    `allowance` is sessions a period, none means unlimited; `overage_cents` is the price of one
    more, none where none is sold.
    """

    plan_version_id: UUID
    code: str
    name: str
    tier: int
    interval: Interval
    allowance: int | None
    rollover_cap: int
    rollover_periods: int
    price_cents: int
    overage_cents: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class Offers:
    """The price list of a location on a day: packs as they were made, plans by rank."""

    packs: tuple[PackTerms, ...]
    plans: tuple[PlanTerms, ...]


@dataclass(frozen=True, slots=True)
class PlanPriceTag:
    """What a plan costs at one location, in minor units before tax."""

    price_cents: int
    overage_cents: int | None = None


def name_problems(*, code: str, name: str) -> Iterator[FieldProblem]:
    """What is wrong with a product's code and name; nothing when they are fine."""
    if not _CODE.fullmatch(code):
        yield FieldProblem("/code", "Use capital letters, digits and hyphens, at most 40.")
    if not name.strip() or len(name) > 120:
        yield FieldProblem("/name", "Give it a name of at most 120 characters.")


def pack_problems(
    *, sessions: int, window_days: int, first_use_days: int
) -> Iterator[FieldProblem]:
    """What is wrong with the terms of a pack version."""
    yield from _out_of_range("/sessions", sessions, 1, MOST_SESSIONS)
    yield from _out_of_range("/window_days", window_days, 0, MOST_DAYS)
    yield from _out_of_range("/first_use_days", first_use_days, 0, MOST_DAYS)


def plan_problems(
    *, allowance: int | None, rollover_cap: int, rollover_periods: int
) -> Iterator[FieldProblem]:
    """What is wrong with the terms of a plan version."""
    if allowance is not None:
        yield from _out_of_range("/allowance", allowance, 1, MOST_SESSIONS)
    yield from _out_of_range("/rollover_cap", rollover_cap, 0, MOST_SESSIONS)
    yield from _out_of_range("/rollover_periods", rollover_periods, 0, 120)
    if allowance is None and (rollover_cap or rollover_periods):
        yield FieldProblem("/rollover_cap", "An unlimited plan has nothing to roll over.")


def price_problems(field: str, price_cents: int) -> Iterator[FieldProblem]:
    """What is wrong with a price in minor units."""
    yield from _out_of_range(field, price_cents, 0, MOST_CENTS)


def _out_of_range(field: str, value: int, least: int, most: int) -> Iterator[FieldProblem]:
    if not least <= value <= most:
        yield FieldProblem(field, f"This must be from {least} to {most}.")
