"""The price list as its owner reads it: products, their versions and prices, and who holds them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from config.db import db
from config.errors import NotFound
from membership.models import (
    MemberPack,
    Membership,
    Pack,
    PackPrice,
    PackVersion,
    Plan,
    PlanPrice,
    PlanVersion,
)


@dataclass(frozen=True, slots=True)
class PackVersionRow:
    """A version of a pack; prices by location. `holders` have sessions of it left, or may."""

    version: PackVersion
    prices: dict[UUID, PackPrice]
    holders: int


@dataclass(frozen=True, slots=True)
class PlanVersionRow:
    """A version of a plan; prices by location. `holders` are its live memberships."""

    version: PlanVersion
    prices: dict[UUID, PlanPrice]
    holders: int


@dataclass(frozen=True, slots=True)
class PackPage:
    """A pack with its versions, the newest first."""

    pack: Pack
    versions: tuple[PackVersionRow, ...]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan with its versions, the newest first."""

    plan: Plan
    versions: tuple[PlanVersionRow, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """A line of the list: prices in minor units before tax by location, as sold on a day."""

    id: UUID
    code: str
    name: str
    what: str
    prices: dict[UUID, int]


def products(location_ids: list[UUID], *, on: date) -> tuple[list[Product], list[Product]]:
    """Packs by code and plans by rank, with what they cost at these locations on a day."""
    packs = {pack.id: pack for pack in db.session.scalars(sa.select(Pack).order_by(Pack.code))}
    plans = {
        plan.id: plan for plan in db.session.scalars(sa.select(Plan).order_by(Plan.tier, Plan.code))
    }
    in_force = _in_force(PackVersion, PackVersion.pack_id, on)
    cents = sa.select(PackPrice.pack_version_id, PackPrice.location_id, PackPrice.price_cents)
    pack_prices = _by_product(in_force, cents.where(PackPrice.location_id.in_(location_ids)))
    in_force = _in_force(PlanVersion, PlanVersion.plan_id, on)
    cents = sa.select(PlanPrice.plan_version_id, PlanPrice.location_id, PlanPrice.price_cents)
    plan_prices = _by_product(in_force, cents.where(PlanPrice.location_id.in_(location_ids)))
    return (
        [
            Product(p.id, p.code, p.name, p.kind.replace("_", "-"), pack_prices.get(p.id, {}))
            for p in packs.values()
        ],
        [
            Product(p.id, p.code, p.name, f"tier {p.tier}", plan_prices.get(p.id, {}))
            for p in plans.values()
        ],
    )


def pack_page(pack_id: UUID) -> PackPage:
    """A pack and all that was ever sold of it. Raises NotFound."""
    pack = db.session.get(Pack, pack_id)
    if pack is None:
        raise NotFound("pack")
    newest = PackVersion.effective_from.desc(), PackVersion.n.desc()
    versions = db.session.scalars(
        sa.select(PackVersion).where(PackVersion.pack_id == pack_id).order_by(*newest)
    ).all()
    prices: dict[UUID, dict[UUID, PackPrice]] = {version.id: {} for version in versions}
    query = sa.select(PackPrice).where(PackPrice.pack_version_id.in_(list(prices)))
    for price in db.session.scalars(query):
        prices[price.pack_version_id][price.location_id] = price
    holders = _counts(
        MemberPack.pack_version_id, list(prices), MemberPack.state.in_(("unopened", "open"))
    )
    return PackPage(
        pack, tuple(PackVersionRow(v, prices[v.id], holders.get(v.id, 0)) for v in versions)
    )


def plan_page(plan_id: UUID) -> PlanPage:
    """A plan and all its terms. Raises NotFound."""
    plan = db.session.get(Plan, plan_id)
    if plan is None:
        raise NotFound("plan")
    newest = PlanVersion.effective_from.desc(), PlanVersion.n.desc()
    versions = db.session.scalars(
        sa.select(PlanVersion).where(PlanVersion.plan_id == plan_id).order_by(*newest)
    ).all()
    prices: dict[UUID, dict[UUID, PlanPrice]] = {version.id: {} for version in versions}
    query = sa.select(PlanPrice).where(PlanPrice.plan_version_id.in_(list(prices)))
    for price in db.session.scalars(query):
        prices[price.plan_version_id][price.location_id] = price
    holders = _counts(Membership.plan_version_id, list(prices), Membership.status != "ended")
    return PlanPage(
        plan, tuple(PlanVersionRow(v, prices[v.id], holders.get(v.id, 0)) for v in versions)
    )


def _in_force(
    model: type[PackVersion] | type[PlanVersion], product: InstrumentedAttribute[UUID], on: date
) -> dict[UUID, UUID]:
    """The version of each product that is sold on a day, by version."""
    query = sa.select(product, model.id).where(model.effective_from <= on)
    rows = db.session.execute(query.order_by(model.effective_from, model.n))
    newest = {row[0]: row[1] for row in rows}
    return {version: key for key, version in newest.items()}


def _by_product(in_force: dict[UUID, UUID], prices: sa.Select) -> dict[UUID, dict[UUID, int]]:
    found: dict[UUID, dict[UUID, int]] = {}
    for version, place, cents in db.session.execute(prices):
        if version in in_force:
            found.setdefault(in_force[version], {})[place] = cents
    return found


def _counts(
    column: InstrumentedAttribute[UUID], keys: list[UUID], where: sa.ColumnElement[bool]
) -> dict[UUID, int]:
    query = sa.select(column, sa.func.count()).where(column.in_(keys), where).group_by(column)
    return {row[0]: row[1] for row in db.session.execute(query)}
