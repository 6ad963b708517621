"""Price rises: who is raised, when at the soonest, and what must have been told before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from config.calendar import Cycle

# Why a holder is not raised, as the outcome shows it.
CODES: Final = {
    "agreed_price": "Has not started: the agreed price holds.",
    "leaving": "Has cancelled.",
    "changing": "Changes to other terms with the next renewal.",
    "raised_this_year": "Was raised in that calendar year already.",
    "notice_failed": "The notice did not arrive.",
    "notice_unproven": "Nothing proves that the notice arrived.",
    "called_off": "The rise was called off.",
    "ended": "The plan has ended.",
    "other_rise": "Waits for another rise.",
    "other_terms": "Holds another plan, or pays as much already.",
    "moved": "Is billed at another studio now.",
}
# The status table ignores a rise before the first payment: what was consented to is charged.
RAISED: Final = frozenset({"active", "grace", "locked", "frozen"})


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a membership renews: period `next_n` is the next, period `anchor_n` starts the cycle."""

    cycle: Cycle
    anchor_n: int
    next_n: int


@dataclass(frozen=True, slots=True)
class Told:
    """A notice: so many days before, the state of it, and the local date on which it left."""

    days_before: int
    state: str
    left_on: date | None


Proof = Literal["waiting", "given", "late", "failed"]


def first_renewal(schedule: Schedule, *, not_before: date) -> date:
    """The first renewal still to be billed that falls on or after a date."""
    k = schedule.next_n - schedule.anchor_n
    while (start := schedule.cycle.period(k).start) < not_before:
        k += 1
    return start


def is_renewal(schedule: Schedule, on: date) -> bool:
    """Whether a renewal still to be billed falls on exactly this date."""
    return first_renewal(schedule, not_before=on) == on


def earliest(effective_from: date, *, on: date, notice_days: Sequence[int]) -> date:
    """The soonest date a rise that is told from `on` may apply: with its whole notice."""
    return max(effective_from, on + timedelta(days=max(notice_days, default=0)))


def left_out(*, status: str, ends_on: date | None, changing: bool, applies_on: date) -> str | None:
    """Why a holder keeps the price whatever is told; none where they may be raised."""
    if status not in RAISED:
        return "agreed_price" if status == "pending" else "ended"
    if ends_on is not None and ends_on <= applies_on:
        return "leaving"
    return "changing" if changing else None


def guarded(applies_on: date, *, raised_on: Collection[date], per_year: int) -> bool:
    """Whether the jurisdiction forbids one more rise in that calendar year (0: no such rule)."""
    in_year = sum(day.year == applies_on.year for day in raised_on)
    return per_year > 0 and in_year >= per_year


def proof(told: Collection[Told], *, applies_on: date, on: date) -> Proof:
    """Whether every notice left in time and arrived; a late one does not count.

    One that has not left although its day is over is late, too.
    """
    if any(one.state == "failed" for one in told):
        return "failed"
    for one in told:
        latest = applies_on - timedelta(days=one.days_before)
        if (one.left_on or on) > latest:
            return "late"
    return "given" if all(one.state == "delivered" for one in told) else "waiting"
