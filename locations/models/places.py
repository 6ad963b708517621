"""Studios, whose money it is, how far their days have come, and what is charged on top."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base


class LegalEntity(Base):
    """Who the money belongs to; `stripe_account` names the settings of its own account."""

    __tablename__ = "legal_entity"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    stripe_account: Mapped[str] = mapped_column(sa.String(40))


class Location(Base):
    """A studio: its zone decides its business date, its jurisdiction its rules.

    From `closes_on` on it sells nothing more and its plans end; it is `closed_on` once a person
    has found that nothing is left to do there.
    """

    seldom_changes = True

    __tablename__ = "location"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    zone: Mapped[str] = mapped_column(sa.String(64))
    currency: Mapped[str] = mapped_column(sa.String(3))
    jurisdiction: Mapped[str] = mapped_column(sa.String(20))
    address: Mapped[str] = mapped_column(sa.String(300))
    number_prefix: Mapped[str] = mapped_column(sa.String(8), unique=True)
    legal_entity_id: Mapped[UUID] = mapped_column(sa.ForeignKey("legal_entity.id"))
    opened_on: Mapped[date]
    closes_on: Mapped[date | None]
    closed_on: Mapped[date | None]


class LocationDay(Base):
    """The furthest business date a location's jobs have finished: time never goes back."""

    __tablename__ = "location_day"
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    high_water: Mapped[date]
    held_since: Mapped[datetime | None]


class TaxRate(Base):
    """A rate for one class of product from a date on; the newest that has begun holds."""

    __tablename__ = "tax_rate"
    __table_args__ = (
        sa.UniqueConstraint("location_id", "product_class", "effective_from"),
        sa.CheckConstraint("rate_ppm >= 0 AND rate_ppm < 1000000", name="rate_sane"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    product_class: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(60))
    rate_ppm: Mapped[int]
    effective_from: Mapped[date]
