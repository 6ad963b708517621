"""What a member owes now, as plain values: membership states it, billing collects it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple
from uuid import UUID

Reason = Literal["first_period", "renewal"]


class Due(NamedTuple):
    """One period of one membership, ready to be invoiced; amounts in minor units before tax.

    A named tuple rather than a dataclass: a run builds thousands of them a second.
    `period_n` is the period to issue; `next_n` and `next_due_on` hold once it is issued.
    `credits_until` is the first day on which this period's credits are no longer valid. The
    first period asks for `joining_cents` beside its price. `roams` tells whether its credits
    may be used at other locations too.
    """

    reason: Reason
    membership_id: UUID
    member_id: UUID
    location_id: UUID
    period_id: UUID
    period_n: int
    start: date
    end: date
    next_n: int
    next_due_on: date
    plan_version_id: UUID
    product: str
    description: str
    price_cents: int
    currency: str
    allowance: int | None
    credits_until: date
    consent_id: UUID | None
    joining_cents: int = 0
    roams: bool = True


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A membership whose claim could not be computed, with the reason for a person to read."""

    membership_id: UUID
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class DueBatch:
    """Up to `limit` dues of one location; `more` tells that the next call may find others."""

    dues: tuple[Due, ...]
    held: tuple[HeldBack, ...]
    more: bool
