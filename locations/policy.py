"""The rules of the land, read from `policies/*.toml` and asked by jurisdiction and date."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import holidays

from config.calendar import business_days_after
from config.errors import NotFound
from locations.rules.policy import Policy, in_force, is_business_day, read

FOLDER = Path(__file__).resolve().parent / "policies"


def policy_for(jurisdiction: str, on: date) -> Policy:
    """What holds in a jurisdiction on a date; NotFound for one we have no rules of."""
    known = _policies().get(jurisdiction)
    if known is None:
        raise NotFound("jurisdiction")
    return in_force(known, on=on)


def jurisdictions() -> tuple[str, ...]:
    """The names of all that have rules, in order."""
    return tuple(sorted(_policies()))


def cooling_off_ends(policy: Policy, signed_on: date) -> date:
    """The last day, until midnight, on which a contract signed then may be cancelled."""
    return business_days_after(
        signed_on,
        policy.cooling_off_business_days,
        is_business_day=lambda on: is_business_day(
            policy, on, public_holiday=on in _calendar(policy.holidays)
        ),
    )


@cache
def _policies() -> Mapping[str, list[Policy]]:
    documents = [tomllib.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.toml"))]
    return {document["jurisdiction"]: read(document) for document in documents}


@cache
def _calendar(name: str) -> holidays.HolidayBase:
    country, _, state = name.partition("-")
    return holidays.country_holidays(country, subdiv=state or None)
