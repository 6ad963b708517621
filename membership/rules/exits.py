"""When a cancelled plan ends, and what a plan or pack that ends at once gives back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, get_args

from config.calendar import Cycle, add_months

# How a plan that is paid gives back: ended now by the policy, on a ground of law, undone in time,
# or ended with its period where the policy lets nothing unused be kept.
Exit = Literal["end_now", "statutory_exit", "cooling_off", "period_end"]
Ground = Literal["moved", "disability", "death", "closure"]
GROUNDS: Final[tuple[Ground, ...]] = get_args(Ground)

# As a member says it of themselves.
GROUND_WORDS: Final[Mapping[str, str]] = {
    "moved": "I moved away",
    "disability": "I cannot come any more for reasons of health",
    "death": "I write for somebody who has died",
    "closure": "My studio closes",
}

# As a manager says it of a member.
GROUNDS_AT_DESK: Final[Mapping[str, str]] = {
    "moved": "Moved away",
    "disability": "Cannot come any more for reasons of health",
    "death": "Has died",
    "closure": "The studio closes",
}


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What one period or pack gives back, in minor units before tax.

    `sessions_cents` and `time_cents` are still deferred, `expired_cents` wait to be claimed in
    cash, `earned_cents` were delivered and are taken back all the same (cooling-off alone).
    All of it is owed by `account` once it is given back.
    """

    source_type: Literal["period", "pack"]
    account: Literal["deferred_sessions", "deferred_time"] = "deferred_sessions"
    sessions: int = 0
    sessions_cents: int = 0
    time_cents: int = 0
    expired_cents: int = 0
    earned_cents: int = 0

    @property
    def net_cents(self) -> int:
        return self.sessions_cents + self.time_cents + self.expired_cents + self.earned_cents


def notice_days(*, of_plan: int, most: int) -> int:
    """The notice a cancellation takes: the plan's, as far as the policy lets it."""
    return min(of_plan, most)


def bound_until(
    committed_until: date | None, *, started_on: date | None, most_months: int
) -> date | None:
    """Until when a commitment binds under a policy that allows `most_months` (0: none)."""
    if committed_until is None or started_on is None or most_months == 0:
        return None
    longest = add_months(started_on, most_months, anchor_day=started_on.day)
    return min(committed_until, longest)


def ends_on(
    *, on: date, period_end: date, notice: int, bound: date | None, cycle: Cycle, n: int
) -> date:
    """The end of the first period that is not before the notice and the commitment are over.

    `n` numbers, within the cycle, the period that begins at `period_end`.
    """
    earliest = max(on + timedelta(days=notice) if notice else period_end, bound or period_end)
    while period_end < earliest:
        period_end = cycle.period(n).end
        n += 1
    return period_end
