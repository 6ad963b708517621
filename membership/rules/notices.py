"""What members must be told, when it leaves, and what a late message moves."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from config.calendar import Zone, local_date, local_instant

# Card networks: a reminder on local day D-7 before the first charge after an intro.
NETWORK_DAYS: Final = 7
LEAVES_AT: Final = time(8)
# ... and the charge from an hour at which seven days are whole.
CHARGES_AT: Final = time(9)

# kind -> the template of its mail
TEMPLATES: Final = {
    "conversion": "notice_conversion",
    "plan_offer": "notice_plan_offer",
    "window_3": "notice_window",
    "window_1": "notice_window",
    "step_down": "notice_step_down",
    "tier_offer": "notice_tier_offer",
    "price_rise_1": "notice_price_rise",
    "price_rise_2": "notice_price_rise",
    "price_rise_3": "notice_price_rise",
}


def leaves_at(about_on: date, *, days_before: int, zone: Zone) -> datetime:
    """08:00 on the location's wall, so many days before the date it is about."""
    return local_instant(about_on - timedelta(days=days_before), LEAVES_AT, zone)


def charges_from(on: date, *, zone: Zone) -> datetime:
    """From when on its date a conversion may be charged."""
    return local_instant(on, CHARGES_AT, zone)


def first_charge_days(by_law: int) -> int:
    """Days of notice before a first charge: the law's, the networks' where those are more."""
    return max(NETWORK_DAYS, by_law)


def told_date(kind: str, about_on: date, *, sent_at: datetime, zone: Zone, days: int) -> date:
    """The date that a notice sent now names: a late one moves its charge, so it says so.

    `days` is how long before a first charge it has to be told here.
    """
    if kind != "conversion":
        return about_on
    return max(about_on, local_date(sent_at, zone) + timedelta(days=days))


def is_stale(kind: str, about_on: date, *, on: date) -> bool:
    """Whether a message that did not leave in time would now only confuse."""
    return kind.startswith("window_") and on >= about_on
