"""The price list: packs and plans, their immutable versions, their prices per location."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of

PACK_KINDS = ("starter", "extension", "booster", "drop_in")


class Pack(Base):
    """Prepaid sessions as a product; its terms are on its versions."""

    __tablename__ = "pack"
    __table_args__ = (one_of("kind", PACK_KINDS),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    name: Mapped[str] = mapped_column(sa.String(120))


class PackVersion(Base):
    """Immutable terms of a pack. `window_days` counts from the first redemption.

    `roams` tells whether its sessions may be taken at other locations too.
    """

    __tablename__ = "pack_version"
    __table_args__ = (
        sa.UniqueConstraint("pack_id", "n"),
        sa.CheckConstraint("sessions > 0", name="sessions_positive"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    pack_id: Mapped[UUID] = mapped_column(sa.ForeignKey("pack.id"))
    n: Mapped[int]
    sessions: Mapped[int]
    window_days: Mapped[int]
    first_use_days: Mapped[int]
    roams: Mapped[bool] = mapped_column(default=True)
    effective_from: Mapped[date]


class PackPrice(Base):
    """What a pack version costs at a location, before tax."""

    __tablename__ = "pack_price"
    pack_version_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("pack_version.id"), primary_key=True
    )
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    price_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))


class Plan(Base):
    """A recurring product; `tier` is its rank in its ladder."""

    __tablename__ = "plan"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    tier: Mapped[int]


class PlanVersion(Base):
    """Immutable terms of a plan. `allowance` is sessions a period; none means unlimited.

    A commitment counts periods from the first; a cancellation takes `notice_days`. Holds last
    from `hold_min_days` to `hold_max_days`, the latter also being the most in 12 months (0: none).
    """

    __tablename__ = "plan_version"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "n"),
        one_of("interval_unit", ("week", "month")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan.id"))
    n: Mapped[int]
    interval_count: Mapped[int]
    interval_unit: Mapped[str] = mapped_column(sa.String(5))
    allowance: Mapped[int | None]
    rollover_cap: Mapped[int]
    rollover_periods: Mapped[int]
    commitment_periods: Mapped[int] = mapped_column(default=0)
    notice_days: Mapped[int] = mapped_column(default=0)
    hold_min_days: Mapped[int] = mapped_column(default=7)
    hold_max_days: Mapped[int] = mapped_column(default=90)
    roams: Mapped[bool] = mapped_column(default=True)
    effective_from: Mapped[date]


class PlanPrice(Base):
    """What a plan version costs at a location, in minor units before tax.

    A hold costs `hold_fee_cents` per started 30 days.
    """

    __tablename__ = "plan_price"
    plan_version_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("plan_version.id"), primary_key=True
    )
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    price_cents: Mapped[int]
    overage_cents: Mapped[int | None]
    joining_cents: Mapped[int] = mapped_column(default=0)
    hold_fee_cents: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(sa.String(3))
