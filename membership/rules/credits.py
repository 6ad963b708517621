"""Session credits: which may be used here and today, which goes first, what each is worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from config.errors import Refused
from config.money import allocate

GrantState = Literal["provisional", "firm", "void"]
Source = Literal["pack", "period", "comp"]


class GrantRow(NamedTuple):
    """Credits to be granted in a batch; `value_cents` is what all of them are worth together.

    Valid on [valid_from, valid_until); none has no end. `scope_id` limits to one location.
    `rolls_on` is when a plan cuts what is left to its cap; none where nothing rolls over.
    """

    id: UUID
    member_id: UUID
    source_type: Source
    source_id: UUID
    membership_id: UUID | None
    location_id: UUID
    product: str
    currency: str
    quantity: int
    value_cents: int
    valid_from: date
    valid_until: date | None
    state: GrantState
    scope_id: UUID | None = None
    rolls_on: date | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """A grant as far as it decides whether, and when, its next credit is used."""

    id: UUID
    remaining: int
    state: str
    valid_from: date
    valid_until: date | None
    scope_id: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Unspent:
    """What is left of a plan's batch at a period's end; the value in minor units."""

    id: UUID
    remaining: int
    remaining_cents: int
    valid_until: date


@dataclass(frozen=True, slots=True)
class Rolled:
    """What becomes of a batch at a period's end: how many go on, how many are lost, their value."""

    id: UUID
    kept: int
    lost: int
    lost_cents: int


def kept_at_rollover(unspent: Iterable[Unspent], *, cap: int) -> list[Rolled]:
    """Cut what is left of a plan's batches to `cap` sessions in all; the rest is lost.

    Those that can be used longest are kept: a member who carries the same number over loses
    the fewest of them later. Of a batch the last credits are lost, so odd cents stay with the
    member. A cap of 0 keeps nothing.
    """
    if cap < 0:
        raise ValueError("a cap cannot be negative")
    room = cap
    found: list[Rolled] = []
    for batch in sorted(unspent, key=lambda one: (-one.valid_until.toordinal(), one.id)):
        kept = min(batch.remaining, room)
        room -= kept
        parts = allocate(batch.remaining_cents, batch.remaining) if batch.remaining else []
        found.append(Rolled(batch.id, kept, batch.remaining - kept, sum(parts[kept:])))
    return found


def rolls_on(*, period_end: date, valid_until: date) -> date | None:
    """The day on which a period's credits are cut to the cap; none where they end with it."""
    return period_end if valid_until > period_end else None


def is_usable(credit: Credit, *, location_id: UUID, on: date) -> bool:
    """Whether a session here on this local date may be taken from it."""
    return (
        credit.remaining > 0
        and credit.state != "void"
        and credit.valid_from <= on
        and (credit.valid_until is None or on < credit.valid_until)
        and (credit.scope_id is None or credit.scope_id == location_id)
    )


def in_order_of_use(held: Iterable[Credit]) -> list[Credit]:
    """Soonest expiry first, then those limited to a place, then the oldest."""
    return sorted(held, key=_rank)


def next_value_cents(*, remaining: int, remaining_cents: int) -> int:
    """What the next credit is worth: the odd cents go to the first ones, so all sum."""
    if remaining <= 0:
        raise Refused("credits_exhausted", "There is no session left.")
    return allocate(remaining_cents, remaining)[0]


def _rank(credit: Credit) -> tuple[date, bool, datetime, UUID]:
    until = credit.valid_until or date.max
    return (until, credit.scope_id is None, credit.created_at, credit.id)
