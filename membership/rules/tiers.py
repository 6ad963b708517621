"""Another tier for a member: when past periods speak for one. Lower may be agreed beforehand;
higher is only ever an offer. Quiet afterwards, so that nobody is asked every month.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal
from uuid import UUID

from membership.rules.catalog import PlanTerms

IN_A_ROW: Final = 3
QUIET_DAYS: Final = 90
# A step down that was agreed beforehand is told so many days before the renewal it begins with.
NOTICE_DAYS: Final = 14
BOOSTERS: Final = 2
BOOSTERS_WITHIN_DAYS: Final = 90

Step = Literal["down", "up"]

AGREEMENT_VERSION: Final = "step-down-2027-1"
AGREEMENT: Final = (
    "When I use no more sessions than the next lower plan holds, three periods in a row, move me "
    "to that plan with my next renewal. You write to me 14 days before, with the new price, and "
    "one click in that mail keeps my plan as it is. I can take this back at any time."
)


@dataclass(frozen=True, slots=True)
class Use:
    """A period of a held plan and the sessions taken in it; [start, end) are local dates."""

    plan_id: UUID
    start: date
    end: date
    frozen_days: int
    used: int


@dataclass(frozen=True, slots=True)
class Held:
    """The tier that a member holds; no allowance means unlimited."""

    plan_id: UUID
    terms: PlanTerms


def below(held: PlanTerms, plans: Iterable[PlanTerms]) -> PlanTerms | None:
    """The next lower tier: of the same interval, with fewer sessions, for less money."""
    lower = [
        plan
        for plan in plans
        if plan.tier < held.tier
        and plan.interval == held.interval
        and plan.allowance is not None
        and (held.allowance is None or plan.allowance < held.allowance)
        and plan.price_cents < held.price_cents
    ]
    return max(lower, key=lambda plan: plan.tier, default=None)


def above(held: PlanTerms, plans: Iterable[PlanTerms]) -> PlanTerms | None:
    """The next higher tier: of the same interval, with more sessions."""
    higher = [
        plan
        for plan in plans
        if plan.tier > held.tier
        and plan.interval == held.interval
        and held.allowance is not None
        and (plan.allowance is None or plan.allowance > held.allowance)
    ]
    return min(higher, key=lambda plan: plan.tier, default=None)


def looked_at(uses: Sequence[Use], *, plan_id: UUID, on: date) -> list[Use]:
    """The last whole periods without a hold on the plan held now, newest first, at most three.

    A hold's period says nothing and is passed over; what came before another plan is not asked.
    """
    found: list[Use] = []
    for use in sorted(uses, key=lambda use: use.start, reverse=True):
        if use.end > on or use.frozen_days:
            continue
        if use.plan_id != plan_id or len(found) == IN_A_ROW:
            break
        found.append(use)
    return found


def step(
    uses: Sequence[Use], *, held: Held, lower: PlanTerms | None, upper: PlanTerms | None, on: date
) -> Step | None:
    """Whether the last three periods speak for a lower or a higher tier.

    Low is to have used no more than the lower tier holds; full is more than one's own does.
    """
    last = looked_at(uses, plan_id=held.plan_id, on=on)
    if len(last) < IN_A_ROW:
        return None
    if lower is not None and all(is_low(use.used, lower) for use in last):
        return "down"
    allowance = held.terms.allowance
    if upper is not None and allowance is not None and all(u.used > allowance for u in last):
        return "up"
    return None


def is_low(used: int, lower: PlanTerms) -> bool:
    """Whether so many sessions in a period would have fitted into the lower tier."""
    return fits(used, allowance=lower.allowance)


def fits(used: int, *, allowance: int | None) -> bool:
    """Whether a plan's allowance (none: unlimited) holds so many sessions."""
    return allowance is None or used <= allowance


def is_quiet(quiet_until: date | None, *, on: date) -> bool:
    """Whether nothing may be suggested yet after the last time."""
    return quiet_until is not None and on < quiet_until


def quiet_until(told_on: date) -> date:
    """The first day on which something may be suggested again."""
    return told_on + timedelta(days=QUIET_DAYS)


def enough_boosters(bought_on: Iterable[date], *, on: date) -> bool:
    """Whether boosters come so often that a higher tier may suit better."""
    since = on - timedelta(days=BOOSTERS_WITHIN_DAYS)
    return sum(since < day <= on for day in bought_on) >= BOOSTERS
