"""Credits: batches that were granted, and every movement of them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of

GRANT_STATES = ("provisional", "firm", "void")
ENTRY_KINDS = ("grant", "redeem", "reverse", "expire", "void", "forfeit", "restore", "revalue")


class CreditGrant(Base):
    """A batch of session credits. What is left is guarded here and proven by its entries.

    Valid on [valid_from, valid_until); an open-ended one has no `valid_until`. `scope_id`
    limits it to one location. The next credit is worth ceil(left_cents / left). What a plan with
    rollover leaves unused is cut to its cap on `rolls_on`, the end of the period (none: done, or
    nothing rolls).
    """

    __tablename__ = "credit_grant"
    __table_args__ = (
        one_of("state", GRANT_STATES),
        one_of("source_type", ("pack", "period", "comp")),
        sa.UniqueConstraint("source_id", "source_type"),
        sa.CheckConstraint("remaining >= 0 AND remaining_cents >= 0", name="never_oversold"),
        sa.Index("ix_credit_grant_member", "member_id", "valid_until"),
        sa.Index(
            "ix_credit_grant_expiring",
            "location_id",
            "valid_until",
            # What is left of them all is read without looking at a single one.
            "product",
            "remaining",
            "remaining_cents",
            sqlite_where=sa.text("remaining > 0"),
            postgresql_where=sa.text("remaining > 0"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    source_type: Mapped[str] = mapped_column(sa.String(8))
    source_id: Mapped[UUID]
    membership_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("membership.id"))
    location_id: Mapped[UUID]
    product: Mapped[str] = mapped_column(sa.String(40))
    currency: Mapped[str] = mapped_column(sa.String(3))
    state: Mapped[str] = mapped_column(sa.String(12))
    quantity: Mapped[int]
    value_cents: Mapped[int]
    remaining: Mapped[int]
    remaining_cents: Mapped[int]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    rolls_on: Mapped[date | None]
    scope_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("location.id"))
    created_at: Mapped[datetime]


class CreditEntry(Base):
    """One movement of a grant, in credits and in cents. Append-only."""

    __tablename__ = "credit_entry"
    __table_args__ = (
        one_of("kind", ENTRY_KINDS),
        sa.Index(
            "uq_credit_entry_redeemed_visit",
            "visit_id",
            unique=True,
            sqlite_where=sa.text("kind = 'redeem'"),
            postgresql_where=sa.text("kind = 'redeem'"),
        ),
        sa.Index("ix_credit_entry_grant", "grant_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_grant.id"))
    kind: Mapped[str] = mapped_column(sa.String(8))
    quantity: Mapped[int]
    value_cents: Mapped[int]
    occurred_on: Mapped[date]
    at: Mapped[datetime]
    visit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("visit.id"))
    reverses_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("credit_entry.id"), unique=True)
    reason: Mapped[str | None] = mapped_column(sa.String(200))
