"""Rules of the land as values: what a jurisdiction asks for from a date on, with sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal

EXPIRED_VALUES = ("breakage", "refundable")


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds in a jurisdiction from `effective_from` until the next policy begins.

    `expired_value` tells whether the value of expired credits is ours ("breakage") or may
    still be claimed in cash ("refundable"), dormant after `dormancy_years` (0: never).
    `holidays` names the calendar of public holidays, a country or a state of it ("US-WA").
    """

    jurisdiction: str
    effective_from: date
    cooling_off_business_days: int
    saturday_is_business_day: bool
    holidays: str
    refund_within_days: int
    expired_value: Literal["breakage", "refundable"]
    dormancy_years: int
    first_charge_notice_days: int
    sources: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.expired_value not in EXPIRED_VALUES:
            raise ValueError(f"{self.jurisdiction}: expired_value {self.expired_value!r}")
        if not self.sources:
            raise ValueError(f"{self.jurisdiction}: a rule of the land needs its sources")


def read(document: Mapping[str, Any]) -> list[Policy]:
    """The policies of one jurisdiction's file; ValueError where a rule is missing or unknown."""
    known = {field.name for field in fields(Policy)} - {"jurisdiction"}
    found = []
    for given in document["policy"]:
        if given.keys() != known:
            odd = sorted(given.keys() ^ known)
            raise ValueError(f"{document['jurisdiction']}: missing or unknown {odd}")
        rules = dict(given, sources=tuple(given["sources"]))
        found.append(Policy(jurisdiction=document["jurisdiction"], **rules))
    return found


def in_force(policies: Iterable[Policy], *, on: date) -> Policy:
    """The newest policy that has begun; ValueError before the first one."""
    begun = [policy for policy in policies if policy.effective_from <= on]
    if not begun:
        raise ValueError(f"no policy was known on {on}")
    return max(begun, key=lambda policy: policy.effective_from)


def is_business_day(policy: Policy, on: date, *, public_holiday: bool) -> bool:
    """Whether a day counts: never a Sunday or public holiday, a Saturday as the policy says."""
    if public_holiday or on.weekday() == _SUNDAY:
        return False
    return policy.saturday_is_business_day or on.weekday() != _SATURDAY


_SATURDAY, _SUNDAY = 5, 6
