"""What the group sells: packs and plans, at the same price in every studio."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from config.calendar import Interval
from membership.catalogue import product_versions
from membership.rules.catalog import PackKind, PlanPriceTag


@dataclass(frozen=True, slots=True)
class PackSold:
    """A pack on the price list; its price in cents before tax."""

    code: str
    kind: PackKind
    name: str
    sessions: int
    window_days: int
    first_use_days: int
    price_cents: int


@dataclass(frozen=True, slots=True)
class PlanSold:
    """A monthly plan on the price list; no allowance means unlimited.

    A hold costs `hold_cents` for every 30 days begun.
    """

    code: str
    name: str
    tier: int
    allowance: int | None
    rollover_cap: int
    price_cents: int
    overage_cents: int | None
    hold_cents: int


PACKS = (
    PackSold("STARTER-3", "starter", "Starter, 3 sessions", 3, 10, 14, 9900),
    PackSold("EXTENSION-1", "extension", "Extension session", 1, 10, 10, 3300),
    PackSold("BOOSTER-3", "booster", "Booster, 3 sessions", 3, 14, 30, 9000),
    PackSold("DROP-IN", "drop_in", "Single session", 1, 0, 90, 5500),
)

PLANS = (
    PlanSold("MAINT-2", "Maintenance 2", 1, 2, 2, 7900, 3500, 0),
    PlanSold("MAINT-4", "Maintenance 4", 2, 4, 4, 13_900, 3000, 1000),
    PlanSold("MAINT-6", "Maintenance 6", 3, 6, 6, 16_900, 2800, 1000),
    PlanSold("UNLIMITED", "Unlimited", 4, None, 0, 18_600, None, 1500),
)


def sell_pack(pack: PackSold, everywhere: list[UUID], since: date) -> UUID:
    """Sell a pack at these studios from a date on; returns its version."""
    made = product_versions.create_pack(code=pack.code, kind=pack.kind, name=pack.name)
    version = product_versions.new_pack_version(
        made.id,
        sessions=pack.sessions,
        window_days=pack.window_days,
        first_use_days=pack.first_use_days,
        prices=dict.fromkeys(everywhere, pack.price_cents),
        effective_from=since,
    )
    return version.id


def sell_plan(plan: PlanSold, everywhere: list[UUID], since: date) -> UUID:
    """Sell a plan at these studios from a date on; returns its version."""
    made = product_versions.create_plan(code=plan.code, name=plan.name, tier=plan.tier)
    tag = PlanPriceTag(
        price_cents=plan.price_cents,
        overage_cents=plan.overage_cents,
        hold_fee_cents=plan.hold_cents,
    )
    version = product_versions.new_plan_version(
        made.id,
        interval=Interval(1, "month"),
        allowance=plan.allowance,
        rollover_cap=plan.rollover_cap,
        rollover_periods=1 if plan.rollover_cap else 0,
        prices=dict.fromkeys(everywhere, tag),
        effective_from=since,
    )
    return version.id
