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
MOST_PERIODS = 120
MOST_NOTICE_DAYS = 366
MOST_HOLD_DAYS = 366
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
    roams: bool


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """A plan version as one location sells it; prices in minor units, before tax.

    `allowance` is sessions a period, none means unlimited; `overage_cents` is the price of one
    more, none where none is sold. A commitment counts periods from the first. Holds last from
    `hold_min_days` to `hold_max_days` (0: none), for `hold_fee_cents` per started 30 days.
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
    commitment_periods: int
    notice_days: int
    hold_min_days: int
    hold_max_days: int
    roams: bool
    joining_cents: int
    hold_fee_cents: int


@dataclass(frozen=True, slots=True)
class Offers:
    """The price list of a location on a day: packs as they were made, plans by rank."""

    packs: tuple[PackTerms, ...]
    plans: tuple[PlanTerms, ...]


@dataclass(frozen=True, slots=True)
class PlanPriceTag:
    """What a plan costs at one location, in minor units before tax.

    `joining_cents` are paid once, with the first period; a hold costs `hold_fee_cents` per
    started 30 days.
    """

    price_cents: int
    overage_cents: int | None = None
    joining_cents: int = 0
    hold_fee_cents: int = 0


@dataclass(frozen=True, slots=True)
class PlanRules:
    """Terms of a plan beside its interval, sessions and prices; days and periods as counts."""

    commitment_periods: int = 0
    notice_days: int = 0
    hold_min_days: int = 7
    hold_max_days: int = 90
    roams: bool = True


USUAL_RULES = PlanRules()


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
    *,
    allowance: int | None,
    rollover_cap: int,
    rollover_periods: int,
    rules: PlanRules = USUAL_RULES,
) -> Iterator[FieldProblem]:
    """What is wrong with the terms of a plan version."""
    if allowance is not None:
        yield from _out_of_range("/allowance", allowance, 1, MOST_SESSIONS)
    yield from _out_of_range("/rollover_cap", rollover_cap, 0, MOST_SESSIONS)
    yield from _out_of_range("/rollover_periods", rollover_periods, 0, 120)
    if allowance is None and (rollover_cap or rollover_periods):
        yield FieldProblem("/rollover_cap", "An unlimited plan has nothing to roll over.")
    yield from _out_of_range("/commitment_periods", rules.commitment_periods, 0, MOST_PERIODS)
    yield from _out_of_range("/notice_days", rules.notice_days, 0, MOST_NOTICE_DAYS)
    yield from _out_of_range("/hold_max_days", rules.hold_max_days, 0, MOST_HOLD_DAYS)
    yield from _out_of_range("/hold_min_days", rules.hold_min_days, 1, MOST_HOLD_DAYS)
    if 0 < rules.hold_max_days < rules.hold_min_days:
        yield FieldProblem("/hold_max_days", "The longest hold is shorter than the shortest.")


def price_problems(field: str, price_cents: int) -> Iterator[FieldProblem]:
    """What is wrong with a price in minor units."""
    yield from _out_of_range(field, price_cents, 0, MOST_CENTS)


def tag_problems(tag: PlanPriceTag) -> Iterator[FieldProblem]:
    """What is wrong with what a plan costs at a location."""
    yield from price_problems("/prices", tag.price_cents)
    yield from price_problems("/overage", tag.overage_cents or 0)
    yield from price_problems("/joining", tag.joining_cents)
    yield from price_problems("/hold_fee", tag.hold_fee_cents)


def _out_of_range(field: str, value: int, least: int, most: int) -> Iterator[FieldProblem]:
    if not least <= value <= most:
        yield FieldProblem(field, f"This must be from {least} to {most}.")
