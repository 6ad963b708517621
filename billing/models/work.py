"""The machinery's own tables: letters from Stripe, runs, what waits for a person, the pace."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base, Json
from config.models import one_of

RUN_STATES = ("running", "done")
EVENT_STATES = ("new", "done", "parked")
PARKED_SUBJECTS = ("membership", "payment", "event", "refund", "dispute")


class WebhookEvent(Base):
    """Stripe's letters, stored as they came; opened at our own pace.

    `stripe_account` is the one whose secret signed it: what it is about is looked up there.
    """

    __tablename__ = "webhook_event"
    __table_args__ = (
        one_of("state", EVENT_STATES),
        sa.Index("ix_webhook_event_waiting", "state", "next_try_at"),
    )
    id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(80))
    object_id: Mapped[str] = mapped_column(sa.String(120))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    live_mode: Mapped[bool]
    stripe_account: Mapped[str] = mapped_column(sa.String(40), default="default")
    state: Mapped[str] = mapped_column(sa.String(8))
    tries: Mapped[int]
    received_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.String(200))


class BillingRun(Base):
    """The work of one location and business date, claimed by one worker at a time."""

    __tablename__ = "billing_run"
    __table_args__ = (
        one_of("state", RUN_STATES),
        sa.UniqueConstraint("location_id", "business_date"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    business_date: Mapped[date]
    state: Mapped[str] = mapped_column(sa.String(8))
    lease_token: Mapped[UUID | None]
    lease_until_ms: Mapped[int | None]
    resumes: Mapped[int]
    issued: Mapped[int]
    issued_cents: Mapped[int]
    parked: Mapped[int]
    proof: Mapped[dict[str, Any] | None] = mapped_column(Json)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Parked(Base):
    """Something held back for a person, with the reason; the run went on."""

    __tablename__ = "parked"
    __table_args__ = (
        one_of("subject_type", PARKED_SUBJECTS),
        sa.Index(
            "uq_parked_waiting",
            "subject_type",
            "subject_key",
            unique=True,
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("location.id"))
    subject_type: Mapped[str] = mapped_column(sa.String(12))
    subject_key: Mapped[str] = mapped_column(sa.String(80))
    code: Mapped[str] = mapped_column(sa.String(40))
    reason: Mapped[str] = mapped_column(sa.String(300))
    parked_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class Pace(Base):
    """When the next request to a Stripe account may leave: one bucket for all workers."""

    __tablename__ = "pace"
    key: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    next_free_ms: Mapped[int]
