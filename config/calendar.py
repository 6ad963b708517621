"""Dates on the wall of a location: anchors, half-open periods, business days, DST nights.

A period is computed from its anchor, never from the period before it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["week", "month"]
Zone = ZoneInfo | str


@dataclass(frozen=True, slots=True)
class Interval:
    """How often: a count of weeks or months (a year is twelve months)."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.count < 1 or self.unit not in ("week", "month"):
            raise ValueError(f"not an interval: {self.count} {self.unit}")


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates from `start` up to, but without, `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a period cannot end ({self.end}) before it starts ({self.start})")

    @property
    def days(self) -> int:
        """How many local days it holds."""
        return (self.end - self.start).days

    def contains(self, on: date) -> bool:
        """Whether the date falls in it; the end does not."""
        return self.start <= on < self.end

    def overlap_days(self, other: Period) -> int:
        """How many days the two share."""
        return max(0, (min(self.end, other.end) - max(self.start, other.start)).days)


@dataclass(frozen=True, slots=True)
class Cycle:
    """Periods that follow each other from an anchor date.

    `anchor_day` (1-31, the anchor's own day if not given) is the day of the month that
    monthly periods begin on. Where the anchor does not stand on it, period 0 is a stub up
    to the next such day. Weeks know no day of the month and ignore it.
    """

    anchor: date
    interval: Interval
    anchor_day: int | None = None

    def __post_init__(self) -> None:
        if self.anchor_day is not None and not 1 <= self.anchor_day <= 31:
            raise ValueError(f"not a day of a month: {self.anchor_day}")

    def period(self, n: int) -> Period:
        """The n-th period, counted from 0."""
        if n < 0:
            raise ValueError("a cycle has no period before its anchor")
        return Period(self._boundary(n), self._boundary(n + 1))

    def period_containing(self, on: date) -> Period:
        """The period a date falls in; ValueError before the anchor."""
        return self.period(self.index_of(on))

    def index_of(self, on: date) -> int:
        """Which period a date falls in, counted from 0; ValueError before the anchor."""
        if on < self.anchor:
            raise ValueError(f"{on} is before the anchor {self.anchor}")
        if self.interval.unit == "week":
            return (on - self.anchor).days // (7 * self.interval.count)
        first, stubs = self._first_whole()
        guess = months_apart(first, on) // self.interval.count + stubs
        return guess if self._boundary(guess) <= on else guess - 1

    def _boundary(self, n: int) -> date:
        """Where period n starts."""
        if self.interval.unit == "week":
            return self.anchor + timedelta(weeks=n * self.interval.count)
        first, stubs = self._first_whole()
        if n < stubs:
            return self.anchor
        months = (n - stubs) * self.interval.count
        return add_months(first, months, anchor_day=self._day)

    def _first_whole(self) -> tuple[date, int]:
        """Start of the first whole period, and how many stubs (0 or 1) come before it."""
        here = _clamped(self.anchor.year, self.anchor.month, self._day)
        if here == self.anchor:
            return here, 0
        if here > self.anchor:
            return here, 1
        return add_months(self.anchor, 1, anchor_day=self._day), 1

    @property
    def _day(self) -> int:
        return self.anchor.day if self.anchor_day is None else self.anchor_day


def add_months(on: date, months: int, *, anchor_day: int) -> date:
    """The anchor day of the month that lies `months` after `on`'s; a short month clamps."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return _clamped(year, month + 1, anchor_day)


def local_date(instant: datetime, zone: Zone) -> date:
    """The date on the wall in `zone` at an aware instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(_zone(zone)).date()


def local_instant(on: date, time_of_day: time, zone: Zone) -> datetime:
    """The UTC instant when the wall in `zone` shows this date and time.

    A time that the clocks skip gives the first instant after the gap; a time that they
    show twice gives the first of the two.
    """
    zone = _zone(zone)
    wall = datetime.combine(on, time_of_day.replace(tzinfo=None, fold=0))
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    before_gap = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _offset_change(before_gap, instant, zone)


def day_bounds(on: date, zone: Zone) -> tuple[datetime, datetime]:
    """First instant of a local day and first instant after it, in UTC (23 to 25 hours)."""
    zone = _zone(zone)
    next_day = on + timedelta(days=1)
    return local_instant(on, time(0), zone), local_instant(next_day, time(0), zone)


def business_days_after(on: date, count: int, *, is_business_day: Callable[[date], bool]) -> date:
    """The `count`-th business day after `on` (which itself does not count).

    Raises ValueError if a year passes without a business day.
    """
    left, idle = count, 0
    while left > 0:
        on += timedelta(days=1)
        idle = 0 if is_business_day(on) else idle + 1
        left -= idle == 0
        if idle > 366:
            raise ValueError(f"no business day in the year up to {on}")
    return on


def month_of(on: date) -> date:
    """The first day of the date's calendar month, which names the month in reports."""
    return on.replace(day=1)


def months_between(first: date, last: date) -> list[date]:
    """First days of every calendar month from `first`'s to `last`'s, both included."""
    start = month_of(first)
    return [add_months(start, n, anchor_day=1) for n in range(months_apart(first, last) + 1)]


def months_apart(earlier: date, later: date) -> int:
    """Calendar months from one date's month to another's, whatever the days."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def _clamped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def _zone(zone: Zone) -> ZoneInfo:
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)


def _offset_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second in (before, after] from which the zone's later offset holds."""
    offset_before = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        probe = (before + timedelta(seconds=middle)).astimezone(zone)
        still_before = probe.utcoffset() == offset_before
        low, high = (middle, high) if still_before else (low, middle)
    return before + timedelta(seconds=high)
