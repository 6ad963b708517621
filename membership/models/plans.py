"""Held plans and their issued periods."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of

MEMBERSHIP_STATES = ("pending", "active", "grace", "locked", "frozen", "ended")


class Membership(Base):
    """A held plan. Period `n` is always computed from the anchor, never from the last one.

    Period `anchor_n` starts on the anchor: 0 until a hold or a change of interval sets a new one.

    `period_start`, `period_end` are the running (or, when pending, the first) period;
    `next_n` and `next_due_on` say which period is issued next, and when. `steps_down`: agreed
    beforehand to a lower tier when a lower one is enough.
    """

    __tablename__ = "membership"
    __table_args__ = (
        one_of("status", MEMBERSHIP_STATES),
        sa.Index(
            "uq_membership_live",
            "member_id",
            unique=True,
            sqlite_where=sa.text("status <> 'ended'"),
            postgresql_where=sa.text("status <> 'ended'"),
        ),
        sa.Index("ix_membership_due", "location_id", "status", "next_due_on", "id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    plan_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_version.id"))
    price_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    status: Mapped[str] = mapped_column(sa.String(8))
    anchor: Mapped[date]
    anchor_day: Mapped[int]
    anchor_n: Mapped[int] = mapped_column(default=0)
    next_n: Mapped[int]
    next_due_on: Mapped[date]
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    ends_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None] = mapped_column(sa.String(20))
    grace_until: Mapped[date | None]
    arrears_since: Mapped[date | None]
    consent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("consent.id"))
    member_pack_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("member_pack.id"), unique=True
    )
    started_on: Mapped[date | None]
    committed_until: Mapped[date | None]
    steps_down: Mapped[bool] = mapped_column(default=False)
    disputed_on: Mapped[date | None]
    created_at: Mapped[datetime]


class MembershipPeriod(Base):
    """An issued period: the source of its invoice. One row per membership and number.

    An unlimited plan earns by service day: those before `earned_until` have brought in
    `earned_cents`. Plans with credits earn per session, and have `earned_until` at the end
    from the start; so has a period that was closed early. The `frozen_days` of holds lie within
    [start, end) and earn nothing.
    """

    __tablename__ = "membership_period"
    __table_args__ = (
        sa.UniqueConstraint("membership_id", "n"),
        sa.Index(
            "ix_membership_period_earning",
            "location_id",
            "earned_until",
            sqlite_where=sa.text('earned_until < "end"'),
            postgresql_where=sa.text('earned_until < "end"'),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(sa.ForeignKey("membership.id"))
    n: Mapped[int]
    start: Mapped[date]
    end: Mapped[date]
    plan_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_version.id"))
    location_id: Mapped[UUID]
    price_cents: Mapped[int]
    earned_until: Mapped[date]
    earned_cents: Mapped[int]
    frozen_days: Mapped[int] = mapped_column(default=0)
    issued_at: Mapped[datetime]


class GivenPeriod(Base):
    """Why nobody was billed for an issued period, and who said so: its reason in place of an
    invoice.
    """

    __tablename__ = "given_period"
    period_id: Mapped[UUID] = mapped_column(sa.ForeignKey("membership_period.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(200))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    given_at: Mapped[datetime]
