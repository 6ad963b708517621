"""Which months and locations the address of a report asks for. For edges."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import request

from config import clock
from config.calendar import add_months, month_of, months_apart
from config.errors import NotFound, invalid_field
from locations import places
from locations.models import Location
from locations.rules.months import month_after

MOST_MONTHS = 60
BEGINNING = date(2000, 1, 1)
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks to see, and when: first days of months, and the locations."""

    first: date
    last: date
    chosen: list[Location]
    now: datetime


def read(mine: list[Location], *, months: int) -> Asked:
    """The months and locations of the address; without any, the last `months` of all of mine.

    Raises Invalid with the field, NotFound for a location that is not mine.
    """
    slug = request.args.get("location", "")
    chosen = [one_of_mine(slug, mine)] if slug else mine
    now = clock.now()
    today = max((places.business_date(place, now) for place in chosen), default=now.date())
    last = _month("to", month_of(today))
    first = _month("from", add_months(last, 1 - months, anchor_day=1))
    if first > last:
        raise invalid_field("/from", "The first month lies after the last.")
    if months_apart(first, last) >= MOST_MONTHS:
        raise invalid_field("/from", f"At most {MOST_MONTHS} months fit on a page.")
    return Asked(first, last, chosen, now)


def one_of_mine(slug: str, mine: Sequence[Location]) -> Location:
    """The location of this short name; NotFound where it is not among mine."""
    for place in mine:
        if place.slug == slug:
            return place
    raise NotFound("location")


def days(given: Mapping[str, Any], *, now: datetime) -> tuple[date, date]:
    """The business days [since, until) that an address means by its months `first` and `last`:
    those months, or by its `span` all days before them, or all until their end. Without months
    it means every day there is.

    Raises Invalid with the field.
    """
    if "last" not in given:
        return BEGINNING, now.date() + timedelta(days=2)
    last = month_named(given["last"], field="to")
    first = month_named(given.get("first", given["last"]), field="from")
    spans = {
        "during": (first, month_after(last)),
        "before": (BEGINNING, first),
        "until": (BEGINNING, month_after(last)),
    }
    found = spans.get(given.get("span", "during"))
    if found is None:
        raise invalid_field("/span", "Choose during, before or until.")
    return found


def month_named(text: str, *, field: str) -> date:
    """The first day of a month written like `2027-01`; Invalid names the field otherwise."""
    found = _MONTH.fullmatch(text)
    if found is None or not 2000 <= int(found[1]) <= 2199:
        raise invalid_field(f"/{field}", "Write a month like 2027-01.")
    return date(int(found[1]), int(found[2]), 1)


def _month(name: str, default: date) -> date:
    text = request.args.get(name, "")
    return month_named(text, field=name) if text else default
