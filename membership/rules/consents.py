"""The exact words of a consent. A change of the words is a new version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

VERSION: Final = "plan-2027-2"


@dataclass(frozen=True, slots=True)
class Intro:
    """A promotion that makes the first `periods` charges of a plan cheaper, in minor units."""

    code: str
    periods: int
    price_cents: int
    tax_cents: int


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
    joining: str | None = None
    intro: str | None = None


def wording(terms: Terms) -> str:
    """One sentence for each promise: what, how much, when, and how to leave."""
    often = every(terms.interval_count, terms.interval_unit)
    return " ".join(
        [
            f"I agree to the plan {terms.plan_name} at {terms.place_name}: {_sessions(terms)} "
            f"for {terms.price} plus {terms.tax} tax, {terms.total} in all, charged to my saved "
            f"card at the start of {often} until I cancel.",
            _start(terms),
            *_joining(terms),
            *([terms.intro] if terms.intro else []),
            "I can cancel online at any time in two clicks; the plan then ends with the period "
            "I have paid for.",
        ]
    )


def introductory(*, code: str, periods: int, price: str, tax: str, total: str, after: str) -> str:
    """How a promotion's first charges and the price after them are named; amounts formatted."""
    those = "the first charge is" if periods == 1 else f"the first {periods} charges are"
    each = "" if periods == 1 else " each"
    return (
        f"With the code {code} {those} {price} plus {tax} tax for the plan, {total} in all{each}; "
        f"every later one is {after}."
    )


def sessions(allowance: int | None, interval_count: int, interval_unit: str) -> str:
    """What a plan brings, as its member says it: "4 sessions a month"."""
    if allowance is None:
        return "as many sessions as I like"
    noun = "session" if allowance == 1 else "sessions"
    often = every(interval_count, interval_unit)
    per = f"a {interval_unit}" if interval_count == 1 else often
    return f"{allowance} {noun} {per}"


def every(interval_count: int, interval_unit: str) -> str:
    """How often: "every month", "every 2 weeks"."""
    if interval_count == 1:
        return f"every {interval_unit}"
    return f"every {interval_count} {interval_unit}s"


def _sessions(terms: Terms) -> str:
    return sessions(terms.sessions, terms.interval_count, terms.interval_unit)


def _joining(terms: Terms) -> tuple[str, ...]:
    if terms.joining is None:
        return ()
    return (f"The first charge also brings a joining fee of {terms.joining} plus tax, once.",)


def _start(terms: Terms) -> str:
    if terms.after_days is None:
        return "The first charge is today."
    return (
        f"The first charge is {terms.after_days} days after my first session; you write to me 7 "
        "days before with the date. If I never come, or withdraw before that day, I am charged "
        "nothing."
    )
