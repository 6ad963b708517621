"""The rules of the land, read from `policies/*.toml`, as each studio's owner has tightened them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import holidays

from config.calendar import business_days_after
from config.errors import NotFound
from locations import policy_overrides
from locations.models import Location
from locations.rules.policy import Policy, in_force, is_business_day, read

FOLDER = Path(__file__).resolve().parent / "policies"


def policy_at(location: Location, on: date) -> Policy:
    """What holds at a studio on a date: its jurisdiction's rules with its owner's changes."""
    return policy_overrides.merged(policy_for(location.jurisdiction, on), location.id, on=on)


def policy_for(jurisdiction: str, on: date) -> Policy:
    """What the land alone asks for on a date; NotFound for a jurisdiction we have no rules of."""
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


def read_folder(folder: Path) -> Mapping[str, list[Policy]]:
    """Every policy file of a folder by jurisdiction; ValueError names file and field."""
    found: dict[str, list[Policy]] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            document = tomllib.loads(file.read_text("utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"{file.name}: {error}") from None
        policies = read(document, file=file.name)
        name = policies[0].jurisdiction
        if name in found:
            raise ValueError(f"{file.name}: jurisdiction {name} has another file already")
        found[name] = policies
    return found


@cache
def _policies() -> Mapping[str, list[Policy]]:
    return read_folder(FOLDER)


@cache
def _calendar(name: str) -> holidays.HolidayBase:
    country, _, state = name.partition("-")
    return holidays.country_holidays(country, subdiv=state or None)
