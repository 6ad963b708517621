"""Promotions and exemptions: what makes a sale cheaper, and a line untaxed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base, Json
from config.models import one_of

PROMO_KINDS = ("amount", "percent")
PROMO_SCOPES = ("all", "packs", "plans")
PROMO_AUDIENCES = ("open", "group")
PROMO_USE_STATES = ("reserved", "used", "released")


class PromoCode(Base):
    """A code that takes something off the list price, for everybody or for a named group.

    `periods` counts the plan periods that it makes cheaper; a pack has one. Its terms are never
    edited: an end date is the only thing that is ever set.
    """

    __tablename__ = "promo_code"
    __table_args__ = (
        one_of("kind", PROMO_KINDS),
        one_of("scope", PROMO_SCOPES),
        one_of("audience", PROMO_AUDIENCES),
        sa.CheckConstraint(
            "(kind = 'amount') = (amount_cents IS NOT NULL)"
            " AND (kind = 'percent') = (percent_ppm IS NOT NULL)",
            name="terms_fit_kind",
        ),
        sa.CheckConstraint("(audience = 'group') = (group_name IS NOT NULL)", name="group_named"),
        sa.CheckConstraint("uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)", name="uses"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(30), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    kind: Mapped[str] = mapped_column(sa.String(7))
    amount_cents: Mapped[int | None]
    percent_ppm: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(sa.String(3))
    periods: Mapped[int]
    scope: Mapped[str] = mapped_column(sa.String(5))
    products: Mapped[list[Any] | None] = mapped_column(Json)
    audience: Mapped[str] = mapped_column(sa.String(5))
    group_name: Mapped[str | None] = mapped_column(sa.String(80))
    location_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("location.id"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    max_uses: Mapped[int | None]
    uses: Mapped[int]
    created_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime]


class PromoGroupMember(Base):
    """Somebody whom a code for a named group is meant for, by the mailbox behind the address."""

    __tablename__ = "promo_group_member"
    promo_id: Mapped[UUID] = mapped_column(sa.ForeignKey("promo_code.id"), primary_key=True)
    email_key: Mapped[str] = mapped_column(sa.String(254), primary_key=True)


class PromoUse(Base):
    """A member's use of a code, once per person; reserved by a draft, used by its payment.

    On a plan `periods_left` counts the periods that are still to be made cheaper.
    """

    __tablename__ = "promo_use"
    __table_args__ = (
        one_of("state", PROMO_USE_STATES),
        sa.CheckConstraint("periods_left >= 0", name="periods_left"),
        sa.Index(
            "uq_promo_use_person",
            "promo_id",
            "member_id",
            unique=True,
            sqlite_where=sa.text("state <> 'released'"),
            postgresql_where=sa.text("state <> 'released'"),
        ),
        sa.Index(
            "ix_promo_use_running",
            "membership_id",
            sqlite_where=sa.text("periods_left > 0"),
            postgresql_where=sa.text("periods_left > 0"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    promo_id: Mapped[UUID] = mapped_column(sa.ForeignKey("promo_code.id"))
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    membership_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("membership.id"))
    source_id: Mapped[UUID] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(sa.String(8))
    periods_left: Mapped[int]
    at: Mapped[datetime]


class TaxExemption(Base):
    """A member's certificate that their purchases at a location are not taxed, for a time."""

    __tablename__ = "tax_exemption"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), index=True)
    certificate: Mapped[str] = mapped_column(sa.String(60))
    ground: Mapped[str] = mapped_column(sa.String(120))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    recorded_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    recorded_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
