"""Holds: how long and how often, what they cost, and how they move a plan's schedule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from config.calendar import Period, add_months
from config.errors import Refused, invalid_field

FEE_DAYS: Final = 30
PLANNED_AHEAD_DAYS: Final = 365
WINDOW_MONTHS: Final = 12

REFUSALS: Final = {
    "no_holds": "This plan cannot be put on hold.",
    "hold_planned": "A hold is planned already: call it off first, then choose other days.",
    "hold_too_much": "That would be more days on hold than this plan allows in twelve months.",
    "ends_before": "Your plan ends before this hold would begin.",
    "not_on_hold": "This plan is not on hold.",
    "no_hold_planned": "There is no hold planned.",
    "hold_over": "The days that were asked for are over.",
    "not_longer": "A hold is extended to a later day than it ends now.",
}


class Anchor(NamedTuple):
    """What a row of periods is counted from: period `n` starts on `on`."""

    on: date
    day: int
    n: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Where a plan stands: its anchor, and the number and date of the period to come."""

    anchor: Anchor
    next_n: int
    next_due_on: date


@dataclass(frozen=True, slots=True)
class Limits:
    """Days of a hold by the plan's terms; `max_days` is the most in twelve months too."""

    min_days: int
    max_days: int


def refuse(code: str) -> Refused:
    """A refusal by its name."""
    return Refused(code, REFUSALS[code])


def moved(schedule: Schedule, *, was: Anchor, days_before: int, days: int) -> Schedule:
    """The schedule with `days` on hold instead of `days_before`; the date to come moves.

    A hold sets a new anchor on that date. One of which no day is left brings `was` back, the
    anchor from before it, so that going and returning at once changes nothing.
    """
    due_on = schedule.next_due_on + timedelta(days=days - days_before)
    anchor = Anchor(due_on, due_on.day, schedule.next_n) if days else was
    return Schedule(anchor, schedule.next_n, due_on)


def fee_cents(days: int, *, per_30_days_cents: int) -> int:
    """What a hold of so many days costs, before tax: every 30 days that are started."""
    return -(-days // FEE_DAYS) * per_30_days_cents


def extension_fee_cents(*, days: int, days_before: int, per_30_days_cents: int) -> int:
    """What a longer hold costs more than the shorter one did."""
    before = fee_cents(days_before, per_30_days_cents=per_30_days_cents)
    return fee_cents(days, per_30_days_cents=per_30_days_cents) - before


def days_in_window(spans: Iterable[Period], *, ending: date) -> int:
    """Days on hold within the twelve months up to, without, a date."""
    window = Period(add_months(ending, -WINDOW_MONTHS, anchor_day=ending.day), ending)
    return sum(window.overlap_days(span) for span in spans)


def require_allowed(span: Period, *, limits: Limits, earlier: Iterable[Period], on: date) -> None:
    """Raise Refused or Invalid unless a hold on these days may be asked for on a date.

    `earlier` are the plan's other holds that were not medical. Of all windows of twelve months
    that end within the hold the one that ends with it holds the most days.
    """
    if limits.max_days <= 0:
        raise refuse("no_holds")
    if span.start < on:
        raise invalid_field("/start", "A hold begins today or later.")
    if span.start > on + timedelta(days=PLANNED_AHEAD_DAYS):
        raise invalid_field("/start", "A hold is planned at most a year ahead.")
    require_length(span.days, limits=limits)
    if days_in_window([*earlier, span], ending=span.end) > limits.max_days:
        raise refuse("hold_too_much")


def require_length(days: int, *, limits: Limits) -> None:
    """Raise Invalid unless a hold may last so many days."""
    if not limits.min_days <= days <= limits.max_days:
        raise invalid_field("/back", f"A hold lasts {limits.min_days} to {limits.max_days} days.")
