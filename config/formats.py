"""How money, dates and counts are written for people: Babel decides, in the reader's locale."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, get_currency_precision
from flask import current_app, g

# Ten of thirty in a row of pips is still read at a glance; more is only noise.
MOST_PIPS = 12


def current_locale() -> Locale:
    """The locale of the page: what the edge put in `g.locale`, else the group's own."""
    return _locale(g.get("locale") or current_app.config["DEFAULT_LOCALE"])


def money(amount_cents: int, currency: str) -> str:
    """`12345, "USD"` as `$123.45`; whole minor units of the currency in, text out."""
    digits = get_currency_precision(currency)
    amount = Decimal(amount_cents).scaleb(-digits)
    return format_currency(amount, currency, locale=current_locale())


def money_round(amount_cents: int, currency: str) -> str:
    """The amount without its cents, for the axis of a chart where the table has them."""
    amount = Decimal(amount_cents).scaleb(-get_currency_precision(currency))
    pattern = current_locale().currency_formats["standard"].pattern.replace(".00", "")
    return format_currency(
        amount, currency, format=pattern, locale=current_locale(), currency_digits=False
    )


def percent(rate_ppm: int) -> str:
    """A rate in parts per million as a percentage: `103500` as `10.35%`."""
    share = Decimal(rate_ppm).scaleb(-4).normalize()
    return f"{share:f}%"


def day(on: date) -> str:
    """A business date in full: `November 3, 2026`."""
    return format_date(on, format="long", locale=current_locale())


def day_short(on: date) -> str:
    """A business date for a table: `Nov 3, 2026`."""
    return format_date(on, format="medium", locale=current_locale())


def day_named(on: date) -> str:
    """A date close by, with its day of the week: `Tue, Jun 8`."""
    return format_skeleton("MMMEd", _noon(on), locale=current_locale())


def month(on: date) -> str:
    """The month of a date: `Nov 2026`."""
    return format_skeleton("yMMM", _noon(on), locale=current_locale())


def moment(instant: datetime, zone: str) -> str:
    """An instant on the wall of a zone, named: `Nov 3, 2026, 9:00 AM PST`."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{day_short(local.date())}, {clock_time(instant, zone)} {local.tzname()}"


def clock_time(instant: datetime, zone: str) -> str:
    """The time of day on the wall of a zone: `9:00 AM`."""
    return format_skeleton("hm", instant.astimezone(ZoneInfo(zone)), locale=current_locale())


def counted(count: int, one: str, many: str) -> str:
    """A count with its noun: `1 session`, `3 sessions`."""
    return f"{count} {one if count == 1 else many}"


def from_iso(text: str) -> date | datetime:
    """A date or an instant out of the text it travelled as in a letter's facts."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


FILTERS = {
    "from_iso": from_iso,
    "money": money,
    "money_round": money_round,
    "percent": percent,
    "day": day,
    "day_short": day_short,
    "day_named": day_named,
    "month": month,
    "moment": moment,
    "clock_time": clock_time,
    "counted": counted,
}


@lru_cache(maxsize=64)
def _locale(name: str | Locale) -> Locale:
    # A page of figures asks for it thousands of times.
    return Locale.parse(name)


def _noon(on: date) -> datetime:
    # format_skeleton wants a datetime; noon stays on its day whatever the zone.
    return datetime(on.year, on.month, on.day, 12)  # noqa: DTZ001
