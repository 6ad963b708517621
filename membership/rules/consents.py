"""The exact words of a consent. A change of the words is a new version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

VERSION: Final = "plan-2027-1"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed to, as it is written for people; amounts come formatted with currency.

    `after_days` counts from the first session of a starter; none where the plan starts at once.
    """

    plan_name: str
    place_name: str
    sessions: int | None
    interval_count: int
    interval_unit: str
    price: str
    tax: str
    total: str
    after_days: int | None


def wording(terms: Terms) -> str:
    """One sentence for each promise: what, how much, when, and how to leave."""
    return " ".join(
        [
            f"I agree to the plan {terms.plan_name} at {terms.place_name}: {_sessions(terms)} "
            f"for {terms.price} plus {terms.tax} tax, {terms.total} in all, charged to my saved "
            f"card at the start of {_every(terms)} until I cancel.",
            _start(terms),
            "I can cancel online at any time in two clicks; the plan then ends with the period "
            "I have paid for.",
        ]
    )


def _sessions(terms: Terms) -> str:
    if terms.sessions is None:
        return "as many sessions as I like"
    noun = "session" if terms.sessions == 1 else "sessions"
    return f"{terms.sessions} {noun} {_per(terms)}"


def _per(terms: Terms) -> str:
    if terms.interval_count == 1:
        return f"a {terms.interval_unit}"
    return f"every {terms.interval_count} {terms.interval_unit}s"


def _every(terms: Terms) -> str:
    if terms.interval_count == 1:
        return f"every {terms.interval_unit}"
    return f"every {terms.interval_count} {terms.interval_unit}s"


def _start(terms: Terms) -> str:
    if terms.after_days is None:
        return "The first charge is today."
    return (
        f"The first charge is {terms.after_days} days after my first session; you write to me 7 "
        "days before with the date. If I never come, or withdraw before that day, I am charged "
        "nothing."
    )
