"""Rules of the land as values: what a jurisdiction asks for from a date on, with sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from locations.rules.policy_settings import RULES

EXPIRED_VALUES = ("breakage", "refundable")
_FRAME = ("effective_from", "sources", "counsel")


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds from `effective_from` until the next policy begins; `RULES` explains each rule.

    `expired_value` tells whether the value of expired credits is ours ("breakage") or may
    still be claimed in cash ("refundable"), dormant after `dormancy_years` (0: never).
    A gift card or account credit is so after as many years without a movement as its own rule says.
    `holidays` names the calendar of public holidays, a country or a state of it ("US-WA").
    `commitment_most_months` and `dues_raises_per_year`: 0 means no commitment, and no limit.
    Up to `manager_limit_cents` a manager gives money back, or credits or writes it off, alone.
    `counsel` is what still has to be asked of a lawyer.
    """

    jurisdiction: str
    effective_from: date
    cooling_off_business_days: int
    saturday_is_business_day: bool
    holidays: str
    refund_within_days: int
    end_now_refund: bool
    statutory_exits: tuple[str, ...]
    moved_over_miles: int
    cancel_notice_most_days: int
    commitment_most_months: int
    expired_value: Literal["breakage", "refundable"]
    dormancy_years: int
    gift_card_dormancy_years: int
    account_credit_dormancy_years: int
    first_charge_notice_days: int
    price_notice_days: tuple[int, ...]
    manager_limit_cents: int
    dues_raises_per_year: int
    gift_card_cash_below_cents: int
    offers_open_to_all: bool
    health_data_consent: bool
    sources: tuple[str, ...]
    counsel: str


def read(document: Mapping[str, Any], *, file: str = "policy") -> list[Policy]:
    """The policies of one jurisdiction's file.

    ValueError names the file, the table and the field of the first thing that is wrong: a rule
    that is missing, unknown or out of range, a policy without sources, two that begin at once.
    """
    jurisdiction = document.get("jurisdiction")
    if not isinstance(jurisdiction, str) or not jurisdiction:
        raise ValueError(f"{file}: jurisdiction must be a name")
    given = document.get("policy")
    if not isinstance(given, list) or not given:
        raise ValueError(f"{file}: {jurisdiction} needs at least one [[policy]]")
    if odd := sorted(document.keys() - {"jurisdiction", "policy"}):
        raise ValueError(f"{file}: {odd[0]} is not known")
    found = [
        _one(jurisdiction, rules, where=f"{file}: {jurisdiction} [[policy]] {n}")
        for n, rules in enumerate(given, start=1)
    ]
    begun = [policy.effective_from for policy in found]
    if begun != sorted(set(begun)):
        raise ValueError(f"{file}: {jurisdiction}: effective_from must rise from policy to policy")
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


def _one(jurisdiction: str, given: Mapping[str, Any], *, where: str) -> Policy:
    for name in (*_FRAME, *RULES):
        if name not in given:
            raise ValueError(f"{where}: {name} is missing")
    if odd := sorted(given.keys() - {*_FRAME, *RULES}):
        raise ValueError(f"{where}: {odd[0]} is not known")
    if type(given["effective_from"]) is not date:
        raise ValueError(f"{where}: effective_from must be a date")
    sources = given["sources"]
    if not isinstance(sources, list) or not sources or not all(_is_text(one) for one in sources):
        raise ValueError(f"{where}: sources must name at least one source")
    if not _is_text(given["counsel"]):
        raise ValueError(f"{where}: counsel must say what to ask a lawyer")
    values: dict[str, Any] = {}
    for name, rule in RULES.items():
        try:
            values[name] = rule.checked(given[name])
        except ValueError as error:
            raise ValueError(f"{where}: {name} {error}") from None
    return Policy(
        jurisdiction=jurisdiction,
        effective_from=given["effective_from"],
        sources=tuple(sources),
        counsel=given["counsel"],
        **values,
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


_SATURDAY, _SUNDAY = 5, 6
