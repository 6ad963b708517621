"""The price list brought up to a file: what is new or changed becomes a version, nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from config.calendar import Interval
from config.db import db
from config.errors import FieldProblem
from locations import places
from locations.models import Location
from membership.catalogue import catalog, product_versions
from membership.models import Pack, PackPrice, PackVersion, Plan, PlanVersion
from membership.rules.catalog import PlanPriceTag, PlanRules, price_problems
from membership.rules.price_list import Change, Outcome, cents_of, twins

_PACK_TERMS = ("sessions", "window_days", "first_use_days", "roams")
_PLAN_TERMS = ("interval_count", "interval_unit", "allowance", "rollover_cap", "rollover_periods")
_PLAN_RULES = tuple(rule.name for rule in fields(PlanRules))
_TAGS = ("prices", "overages", "joining", "hold_fees")


@dataclass(frozen=True, slots=True)
class _Places:
    """The studios by slug, and the slugs that the file would open, if only it could."""

    open: Mapping[str, Location]
    to_come: Collection[str]


def bring(
    given: Mapping[str, Any],
    doubtful: Collection[str],
    to_come: Collection[str],
    done: list[Change],
) -> Iterator[FieldProblem]:
    """Make what the file's packs and plans need, add it to `done`, and name what does not fit.

    `doubtful` are places in the file to pass over, `to_come` the slugs of its own studios.
    """
    where = _Places({one.slug: one for one in places.all_ones()}, to_come)
    for n, one in enumerate(given["pack"]):
        if f"/pack/{n}" not in doubtful:
            yield from _bring_pack(f"/pack/{n}", one, where, done)
    for n, one in enumerate(given["plan"]):
        if f"/plan/{n}" not in doubtful:
            yield from _bring_plan(f"/plan/{n}", one, where, done)


def _bring_pack(
    path: str, one: Mapping[str, Any], where: _Places, done: list[Change]
) -> Iterator[FieldProblem]:
    pack = db.session.scalar(sa.select(Pack).where(Pack.code == one["code"]))
    if pack is None:
        pack = product_versions.create_pack(code=one["code"], kind=one["kind"], name=one["name"])
    yield from _renamed(path, pack, one, ("name", "kind"))
    yield from _same_day(path, one)
    for n, version in enumerate(one["version"]):
        wrong = list(_price_problems(f"{path}/version/{n}/prices", version["prices"], where))
        yield from wrong
        if not wrong:
            outcome = _bring_pack_version(pack, version, _cents(version["prices"], where))
            done.append(Change("pack", _spoken(one, version), outcome))


def _bring_pack_version(pack: Pack, version: Mapping[str, Any], prices: dict[UUID, int]) -> Outcome:
    begins = version["effective_from"]
    stands = db.session.scalar(_newest(PackVersion, PackVersion.pack_id == pack.id, begins))
    terms = {name: version[name] for name in _PACK_TERMS}
    if stands is not None and terms == {name: getattr(stands, name) for name in _PACK_TERMS}:
        query = sa.select(PackPrice).where(PackPrice.pack_version_id == stands.id)
        if prices == {row.location_id: row.price_cents for row in db.session.scalars(query)}:
            return "unchanged"
    product_versions.new_pack_version(pack.id, **terms, prices=prices, effective_from=begins)
    return "new"


def _bring_plan(
    path: str, one: Mapping[str, Any], where: _Places, done: list[Change]
) -> Iterator[FieldProblem]:
    plan = db.session.scalar(sa.select(Plan).where(Plan.code == one["code"]))
    if plan is None:
        plan = product_versions.create_plan(code=one["code"], name=one["name"], tier=one["tier"])
    yield from _renamed(path, plan, one, ("name", "tier"))
    yield from _same_day(path, one)
    for n, version in enumerate(one["version"]):
        wrong = [
            problem
            for name in _TAGS
            for problem in _price_problems(f"{path}/version/{n}/{name}", version[name], where)
        ]
        yield from wrong
        if not wrong:
            outcome = _bring_plan_version(plan, version, where)
            done.append(Change("plan", _spoken(one, version), outcome))


def _bring_plan_version(plan: Plan, version: Mapping[str, Any], where: _Places) -> Outcome:
    begins = version["effective_from"]
    tags = _tags(version, where)
    stands = db.session.scalar(_newest(PlanVersion, PlanVersion.plan_id == plan.id, begins))
    names = (*_PLAN_TERMS, *_PLAN_RULES)
    same = stands and all(version[name] == getattr(stands, name) for name in names)
    if stands and same and tags == catalog.price_tags(stands.id):
        return "unchanged"
    product_versions.new_plan_version(
        plan.id,
        interval=Interval(version["interval_count"], version["interval_unit"]),
        allowance=version["allowance"],
        rollover_cap=version["rollover_cap"],
        rollover_periods=version["rollover_periods"],
        further=PlanRules(**{name: version[name] for name in _PLAN_RULES}),
        prices=tags,
        effective_from=begins,
    )
    return "new"


def _tags(version: Mapping[str, Any], where: _Places) -> dict[UUID, PlanPriceTag]:
    prices, overages, joining, hold_fees = (_cents(version[name], where) for name in _TAGS)
    return {
        place: PlanPriceTag(
            cents, overages.get(place), joining.get(place, 0), hold_fees.get(place, 0)
        )
        for place, cents in prices.items()
    }


def _newest(
    model: type[PackVersion] | type[PlanVersion], of_product: sa.ColumnElement[bool], begins: date
) -> sa.Select:
    """Of the versions that begin on a day, the one that holds: the newest."""
    same = sa.select(model).where(of_product, model.effective_from == begins)
    return same.order_by(model.n.desc()).limit(1)


def _renamed(
    path: str, product: Pack | Plan, one: Mapping[str, Any], names: tuple[str, ...]
) -> Iterator[FieldProblem]:
    """Name, kind and rank belong to the product, not to a version: they stay."""
    for name in names:
        stands = getattr(product, name)
        if one[name] != stands:
            message = f"{product.code} has another: {stands}. Use a new code."
            yield FieldProblem(f"{path}/{name}", message)


def _same_day(path: str, one: Mapping[str, Any]) -> Iterator[FieldProblem]:
    for n in twins(version["effective_from"] for version in one["version"]):
        field = f"{path}/version/{n}/effective_from"
        yield FieldProblem(field, "Another version begins that day.")


def _price_problems(
    path: str, prices: Mapping[str, Decimal], where: _Places
) -> Iterator[FieldProblem]:
    for slug, amount in prices.items():
        if slug in where.open:
            try:
                cents = cents_of(amount, where.open[slug].currency)
            except ValueError as error:
                yield FieldProblem(f"{path}/{slug}", f"{error}.")
            else:
                yield from price_problems(f"{path}/{slug}", cents)
        elif slug not in where.to_come:
            yield FieldProblem(f"{path}/{slug}", "There is no such location.")


def _cents(prices: Mapping[str, Decimal], where: _Places) -> dict[UUID, int]:
    """Prices in minor units by location; a studio that could not be opened is left out."""
    return {
        where.open[slug].id: cents_of(amount, where.open[slug].currency)
        for slug, amount in prices.items()
        if slug in where.open
    }


def _spoken(one: Mapping[str, Any], version: Mapping[str, Any]) -> str:
    return f"{one['code']} from {version['effective_from']}"
