"""What an owner changes in the price list: a product with its first terms, or new terms for one.

An edit always makes a version; whoever holds an older one is not touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from config import audit
from config.audit import Actor
from config.calendar import Interval
from membership.catalogue import product_versions
from membership.models import PackVersion, PlanVersion
from membership.rules.catalog import PackKind, PlanPriceTag, PlanRules


@dataclass(frozen=True, slots=True)
class PackTermsGiven:
    """Terms of a pack from a date on; prices in minor units before tax by location."""

    sessions: int
    window_days: int
    first_use_days: int
    roams: bool
    prices: Mapping[UUID, int]
    effective_from: date


@dataclass(frozen=True, slots=True)
class PlanTermsGiven:
    """Terms of a plan from a date on; no allowance means unlimited."""

    interval: Interval
    allowance: int | None
    rollover_cap: int
    rollover_periods: int
    further: PlanRules
    prices: Mapping[UUID, PlanPriceTag]
    effective_from: date


def new_pack(
    *, code: str, kind: PackKind, name: str, terms: PackTermsGiven, by: Actor, now: datetime
) -> PackVersion:
    """A prepaid product and its first version. Raises Invalid, Refused("code_taken")."""
    pack = product_versions.create_pack(code=code, kind=kind, name=name)
    return change_pack(pack.id, terms, by=by, now=now)


def change_pack(pack_id: UUID, terms: PackTermsGiven, *, by: Actor, now: datetime) -> PackVersion:
    """New terms of a pack. Raises Invalid."""
    version = product_versions.new_pack_version(
        pack_id,
        sessions=terms.sessions,
        window_days=terms.window_days,
        first_use_days=terms.first_use_days,
        roams=terms.roams,
        prices=terms.prices,
        effective_from=terms.effective_from,
    )
    _record("pack", pack_id, version, by=by, now=now)
    return version


def new_plan(
    *, code: str, name: str, tier: int, terms: PlanTermsGiven, by: Actor, now: datetime
) -> PlanVersion:
    """A recurring product and its first version. Raises Invalid, Refused("code_taken")."""
    plan = product_versions.create_plan(code=code, name=name, tier=tier)
    return change_plan(plan.id, terms, by=by, now=now)


def change_plan(plan_id: UUID, terms: PlanTermsGiven, *, by: Actor, now: datetime) -> PlanVersion:
    """New terms of a plan, for new members. Raises Invalid."""
    version = product_versions.new_plan_version(
        plan_id,
        interval=terms.interval,
        allowance=terms.allowance,
        rollover_cap=terms.rollover_cap,
        rollover_periods=terms.rollover_periods,
        further=terms.further,
        prices=terms.prices,
        effective_from=terms.effective_from,
    )
    _record("plan", plan_id, version, by=by, now=now)
    return version


def _record(
    what: str, key: UUID, version: PackVersion | PlanVersion, *, by: Actor, now: datetime
) -> None:
    audit.record(
        actor=by,
        action=f"catalog.{what}_version",
        subject_type=what,
        subject_id=key,
        location_id=None,
        facts={"n": version.n, "effective_from": version.effective_from},
        now=now,
    )
