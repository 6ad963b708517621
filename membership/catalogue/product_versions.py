"""New products and new terms of them: what is held keeps the older version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.calendar import Interval
from config.db import db
from config.errors import FieldProblem, Invalid, Refused
from config.ids import new_id
from locations.models import Location
from membership.models import Pack, PackPrice, PackVersion, Plan, PlanPrice, PlanVersion
from membership.rules import catalog as rules
from membership.rules.catalog import (
    USUAL_RULES,
    PackKind,
    PlanPriceTag,
    PlanRules,
)


def create_pack(*, code: str, kind: PackKind, name: str) -> Pack:
    """A new prepaid product, not sold before it has a version. Raises Invalid, Refused."""
    problems = list(rules.name_problems(code=code, name=name))
    if kind not in rules.PACK_KINDS:
        problems.append(FieldProblem("/kind", "Choose one of the kinds of pack."))
    _refuse(problems)
    _refuse_taken(Pack, code)
    pack = Pack(id=new_id(), code=code, kind=kind, name=name.strip())
    db.session.add(pack)
    db.session.flush()
    return pack


def new_pack_version(
    pack_id: UUID,
    *,
    sessions: int,
    window_days: int,
    first_use_days: int,
    prices: Mapping[UUID, int],
    effective_from: date,
    roams: bool = True,
) -> PackVersion:
    """New terms of a pack from a date on; who holds older ones keeps them.

    `prices` are minor units before tax per location; where none is given it is not sold.
    `roams` is a term: whether its sessions may be taken at other locations.
    """
    problems = rules.pack_problems(
        sessions=sessions, window_days=window_days, first_use_days=first_use_days
    )
    _refuse([*problems, *(p for c in prices.values() for p in rules.price_problems("/prices", c))])
    currencies = _currencies(prices)
    version = PackVersion(
        id=new_id(),
        pack_id=pack_id,
        n=_next_n(PackVersion, PackVersion.pack_id == pack_id),
        sessions=sessions,
        window_days=window_days,
        first_use_days=first_use_days,
        roams=roams,
        effective_from=effective_from,
    )
    db.session.add(version)
    db.session.flush()
    for place, cents in prices.items():
        price = PackPrice(
            pack_version_id=version.id,
            location_id=place,
            price_cents=cents,
            currency=currencies[place],
        )
        db.session.add(price)
    db.session.flush()
    return version


def create_plan(*, code: str, name: str, tier: int) -> Plan:
    """A new recurring product; `tier` is its rank in the ladder. Raises Invalid, Refused."""
    _refuse(rules.name_problems(code=code, name=name))
    _refuse_taken(Plan, code)
    plan = Plan(id=new_id(), code=code, name=name.strip(), tier=tier)
    db.session.add(plan)
    db.session.flush()
    return plan


def new_plan_version(
    plan_id: UUID,
    *,
    interval: Interval,
    allowance: int | None,
    rollover_cap: int,
    rollover_periods: int,
    prices: Mapping[UUID, PlanPriceTag],
    effective_from: date,
    further: PlanRules = USUAL_RULES,
) -> PlanVersion:
    """New terms and prices of a plan from a date on; holders of older ones are not touched."""
    problems = rules.plan_problems(
        allowance=allowance,
        rollover_cap=rollover_cap,
        rollover_periods=rollover_periods,
        rules=further,
    )
    _refuse([*problems, *(wrong for tag in prices.values() for wrong in rules.tag_problems(tag))])
    currencies = _currencies(prices)
    version = PlanVersion(
        id=new_id(),
        plan_id=plan_id,
        n=_next_n(PlanVersion, PlanVersion.plan_id == plan_id),
        interval_count=interval.count,
        interval_unit=interval.unit,
        allowance=allowance,
        rollover_cap=rollover_cap,
        rollover_periods=rollover_periods,
        effective_from=effective_from,
        **asdict(further),
    )
    db.session.add(version)
    db.session.flush()
    for place, tag in prices.items():
        price = PlanPrice(
            plan_version_id=version.id,
            location_id=place,
            currency=currencies[place],
            **asdict(tag),
        )
        db.session.add(price)
    db.session.flush()
    return version


def _refuse(problems: Iterable[FieldProblem]) -> None:
    found = tuple(problems)
    if found:
        raise Invalid(fields=found)


def _refuse_taken(model: type[Pack] | type[Plan], code: str) -> None:
    if db.session.scalar(sa.select(model.id).where(model.code == code)) is not None:
        raise Refused("code_taken", f"There already is a product with the code {code}.")


def _next_n(model: type[PackVersion] | type[PlanVersion], of_product: sa.ColumnElement) -> int:
    newest = db.session.scalar(sa.select(sa.func.max(model.n)).where(of_product))
    return (newest or 0) + 1


def _currencies(prices: Iterable[UUID]) -> dict[UUID, str]:
    """The currency of every location named; a price elsewhere is refused."""
    places = list(prices)
    query = sa.select(Location.id, Location.currency).where(Location.id.in_(places))
    found = {row.id: row.currency for row in db.session.execute(query)}
    _refuse(FieldProblem("/prices", "There is no such location.") for p in places if p not in found)
    return found
