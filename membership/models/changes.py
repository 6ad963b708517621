"""Changes of a held plan: holds, other terms, price rises, suggestions, and its MRR over time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base, Json
from config.models import one_of

HOLD_STATES = ("asked", "scheduled", "running", "ended", "dropped")
CHANGE_STATES = ("waiting", "pending", "applied", "replaced", "undone", "dropped")
RISE_STATES = ("draft", "announced", "called_off")
RAISED_STATES = ("planned", "told", "raised", "not_raised")
SUGGESTION_STATES = ("made", "taken", "stayed", "dropped", "quiet")
MRR_KINDS = (
    "new",
    "expansion",
    "contraction",
    "churn",
    "reactivation",
    "frozen",
    "resumed",
    "moved_in",
    "moved_out",
)


class Hold(Base):
    """A pause of a plan on [start, end), half-open local dates; an early return moves `end`.

    `planned_end` is what was asked for: the fee is for it. While one runs, the membership's
    schedule is already shifted by the days up to `end`, and `was_anchor...` is the anchor that
    comes back if no day is left of it. A medical one is "asked" for until a manager grants it.
    """

    __tablename__ = "hold"
    __table_args__ = (
        one_of("state", HOLD_STATES),
        one_of("kind", ("regular", "medical")),
        sa.CheckConstraint('start < "planned_end"', name="lasts"),
        sa.Index(
            "uq_hold_live",
            "membership_id",
            unique=True,
            sqlite_where=sa.text("state IN ('scheduled', 'running')"),
            postgresql_where=sa.text("state IN ('scheduled', 'running')"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(sa.ForeignKey("membership.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    state: Mapped[str] = mapped_column(sa.String(10))
    start: Mapped[date]
    end: Mapped[date]
    planned_end: Mapped[date]
    was_anchor: Mapped[date | None]
    was_anchor_day: Mapped[int | None]
    was_anchor_n: Mapped[int | None]
    asked_at: Mapped[datetime]
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))


class PlanChange(Base):
    """Other terms for a held plan: at its next renewal, or now against payment.

    "waiting" is a change now whose draft invoice is not paid yet; "pending" waits for the
    renewal on `effective_on`. There is at most one of them per membership.
    """

    __tablename__ = "plan_change"
    __table_args__ = (
        one_of("state", CHANGE_STATES),
        one_of("kind", ("upgrade", "downgrade", "interval", "price_rise", "step_down", "move")),
        sa.Index(
            "uq_plan_change_live",
            "membership_id",
            unique=True,
            sqlite_where=sa.text("state IN ('waiting', 'pending')"),
            postgresql_where=sa.text("state IN ('waiting', 'pending')"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(sa.ForeignKey("membership.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    state: Mapped[str] = mapped_column(sa.String(8))
    from_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_version.id"))
    to_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_version.id"))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    price_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    effective_on: Mapped[date]
    consent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("consent.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    asked_at: Mapped[datetime]
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    closed_at: Mapped[datetime | None]


class PriceRise(Base):
    """A plan's holders at a location move to a dearer version from a date on, told before.

    `price_cents` is the new price before tax. A draft may name no version: announcing it then
    makes one with that price.
    """

    __tablename__ = "price_rise"
    __table_args__ = (one_of("state", RISE_STATES),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan.id"))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    to_version_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("plan_version.id"))
    price_cents: Mapped[int]
    effective_from: Mapped[date]
    state: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.String(200))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime]


class PriceRiseHolder(Base):
    """What became of one holder in a price rise; prices in minor units before tax.

    Those who were left out from the start have a row too, which says why in `code`. Each is
    looked at once a business date, on `looked_on` for the last time.
    """

    __tablename__ = "price_rise_holder"
    __table_args__ = (
        one_of("state", RAISED_STATES),
        sa.UniqueConstraint("price_rise_id", "membership_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    price_rise_id: Mapped[UUID] = mapped_column(sa.ForeignKey("price_rise.id"))
    membership_id: Mapped[UUID] = mapped_column(sa.ForeignKey("membership.id"), index=True)
    old_price_cents: Mapped[int]
    new_price_cents: Mapped[int]
    applies_on: Mapped[date]
    looked_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(sa.String(10))
    code: Mapped[str | None] = mapped_column(sa.String(40))


class TierSuggestion(Base):
    """Another tier, suggested after low or full periods; then quiet until `quiet_until`."""

    __tablename__ = "tier_suggestion"
    __table_args__ = (
        one_of("state", SUGGESTION_STATES),
        one_of("kind", ("step_down", "step_up", "after_boosters")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(sa.ForeignKey("membership.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(14))
    state: Mapped[str] = mapped_column(sa.String(8))
    to_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_version.id"))
    made_on: Mapped[date]
    quiet_until: Mapped[date]
    looked_on: Mapped[date | None]
    plan_change_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("plan_change.id"))


class MrrMove(Base):
    """A dated change of a membership's monthly recurring revenue at a location. Append-only.

    The MRR of a day is the sum of all deltas up to it; minor units a month, before tax.
    `delta_plans` is 1 where a plan begins to count there, and -1 where it ceases to.
    """

    __tablename__ = "mrr_move"
    __table_args__ = (
        one_of("kind", MRR_KINDS),
        # All that a report of years of moves reads, so that it reads nothing else.
        sa.Index(
            "ix_mrr_move_place", "location_id", "occurred_on", "kind", "delta_cents", "delta_plans"
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(sa.ForeignKey("membership.id"), index=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    kind: Mapped[str] = mapped_column(sa.String(12))
    occurred_on: Mapped[date]
    delta_cents: Mapped[int]
    delta_plans: Mapped[int] = mapped_column(sa.SmallInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    at: Mapped[datetime]
