"""Invariant of the MRR: its dated moves sum to what the plans that run are worth a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from uuid import UUID

import sqlalchemy as sa

from config.db import core, db
from config.doctor import Doctor
from membership.models import Membership, MrrMove, PlanVersion
from membership.rules import mrr as rules

_PAGE = 1000


def register(doctor: Doctor) -> None:
    """Add the membership floor's invariant about MRR to the doctor."""
    doctor.register("M1", "MRR = the monthly price of every plan that runs", _mrr_follows)


def _mrr_follows() -> Iterator[str]:
    stands: dict[UUID, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for membership_id, cents, plans in map(tuple, core(_moved())):
        stands[membership_id] = int(cents), int(plans)
    for row in db.session.execute(_plans()):
        worth = 0
        if row.status in rules.COUNTED:
            worth = rules.monthly_cents(
                row.price_cents,
                interval_count=row.interval_count,
                interval_unit=row.interval_unit,
            )
        cents, plans = stands[row.id]
        if cents != worth:
            yield f"membership {row.id} is worth {worth} a month, its MRR says {cents}"
        if plans != bool(worth):
            yield f"membership {row.id} counts as {plans} plans at {worth} a month"


@cache
def _moved() -> sa.Select:
    sums = (sa.func.sum(MrrMove.delta_cents), sa.func.sum(MrrMove.delta_plans))
    return sa.select(MrrMove.membership_id, *sums).group_by(MrrMove.membership_id)


@cache
def _plans() -> sa.Select:
    plans = (
        sa.select(
            Membership.id,
            Membership.status,
            Membership.price_cents,
            PlanVersion.interval_count,
            PlanVersion.interval_unit,
        )
        .join(PlanVersion, PlanVersion.id == Membership.plan_version_id)
        .order_by(Membership.id)
    )
    return plans.execution_options(yield_per=_PAGE)
