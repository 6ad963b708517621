"""How the price list lies in its tables: versions with their prices, as plain terms."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from config.calendar import Interval, Unit
from membership.models import Pack, PackPrice, PackVersion, Plan, PlanPrice, PlanVersion
from membership.rules.catalog import PackKind, PackTerms, PlanTerms

_LOCATION, _ON, _VERSION = (sa.bindparam(name) for name in ("location", "on", "version"))


def _packs(*, outer: bool) -> sa.Select:
    """Versions with their price at `location`, oldest first, so that the last one read holds."""
    priced = PackPrice.pack_version_id == PackVersion.id
    return (
        sa.select(Pack, PackVersion, PackPrice)
        .join(PackVersion, PackVersion.pack_id == Pack.id)
        .join(PackPrice, priced & (PackPrice.location_id == _LOCATION), isouter=outer)
        .order_by(Pack.id, PackVersion.effective_from, PackVersion.n)
    )


def _plans(*, outer: bool) -> sa.Select:
    """The same of plans."""
    priced = PlanPrice.plan_version_id == PlanVersion.id
    return (
        sa.select(Plan, PlanVersion, PlanPrice)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .join(PlanPrice, priced & (PlanPrice.location_id == _LOCATION), isouter=outer)
        .order_by(Plan.id, PlanVersion.effective_from, PlanVersion.n)
    )


# Built once: every page that names a price asks these. Begun by the day `on`, with a price at
# `location` or without; or the one `version` that is sold there.
PACKS_BEGUN = _packs(outer=True).where(PackVersion.effective_from <= _ON)
PLANS_BEGUN = _plans(outer=True).where(PlanVersion.effective_from <= _ON)
PACK_SOLD = _packs(outer=False).where(PackVersion.id == _VERSION)
PLAN_SOLD = _plans(outer=False).where(PlanVersion.id == _VERSION)


def pack_terms_of(row: sa.Row) -> PackTerms:
    """A row of packs with their price as terms."""
    return PackTerms(
        pack_version_id=row.PackVersion.id,
        code=row.Pack.code,
        kind=cast("PackKind", row.Pack.kind),
        name=row.Pack.name,
        sessions=row.PackVersion.sessions,
        window_days=row.PackVersion.window_days,
        first_use_days=row.PackVersion.first_use_days,
        price_cents=row.PackPrice.price_cents,
        currency=row.PackPrice.currency,
        roams=row.PackVersion.roams,
    )


def plan_terms_of(row: sa.Row) -> PlanTerms:
    """A row of plans with their price as terms."""
    version = row.PlanVersion
    return PlanTerms(
        plan_version_id=version.id,
        code=row.Plan.code,
        name=row.Plan.name,
        tier=row.Plan.tier,
        interval=Interval(version.interval_count, cast("Unit", version.interval_unit)),
        allowance=version.allowance,
        rollover_cap=version.rollover_cap,
        rollover_periods=version.rollover_periods,
        price_cents=row.PlanPrice.price_cents,
        overage_cents=row.PlanPrice.overage_cents,
        currency=row.PlanPrice.currency,
        commitment_periods=version.commitment_periods,
        notice_days=version.notice_days,
        hold_min_days=version.hold_min_days,
        hold_max_days=version.hold_max_days,
        roams=version.roams,
        joining_cents=row.PlanPrice.joining_cents,
        hold_fee_cents=row.PlanPrice.hold_fee_cents,
    )
