"""Money on its way back to members, and who asked for it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.payments import TENDERS
from config.base import Base, Json
from config.models import one_of

REFUND_STATES = ("ready", "sending", "pending", "succeeded", "failed")
REQUEST_STATES = ("asked", "granted", "refused")


class Refund(Base):
    """A part of one payment that goes back by a tender; at Stripe under the key `re:{id}`.

    Its payment's `refunded_cents` counts it from the moment it is written until it has failed.
    `charge_row_id` is the promise that it keeps. `paid_at` is the location whose books it leaves;
    `source_id` the till session that handed it out, or the movement of a gift card or credit.
    """

    __tablename__ = "refund"
    __table_args__ = (
        one_of("tender", TENDERS),
        one_of("state", REFUND_STATES),
        sa.CheckConstraint("amount_cents > 0", name="sends_something"),
        sa.Index("ix_refund_day", "location_id", "finished_on"),
        sa.Index(
            "ix_refund_waiting",
            "state",
            "lease_until_ms",
            sqlite_where=sa.text("state IN ('ready', 'sending', 'pending')"),
            postgresql_where=sa.text("state IN ('ready', 'sending', 'pending')"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"), index=True)
    payment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payment.id"), index=True)
    charge_row_id: Mapped[UUID] = mapped_column(sa.ForeignKey("charge.id"), index=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    paid_at: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    source_id: Mapped[UUID | None] = mapped_column(index=True)
    tender: Mapped[str] = mapped_column(sa.String(14))
    state: Mapped[str] = mapped_column(sa.String(10))
    amount_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    stripe_account: Mapped[str | None] = mapped_column(sa.String(40))
    stripe_id: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    lease_token: Mapped[UUID | None]
    lease_until_ms: Mapped[int | None]
    looks: Mapped[int] = mapped_column(sa.SmallInteger)
    failure_code: Mapped[str | None] = mapped_column(sa.String(60))
    by_account_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    finished_on: Mapped[date | None]


class RefundRequest(Base):
    """A refund that somebody asked for and may not grant alone; decided once, by another."""

    __tablename__ = "refund_request"
    __table_args__ = (
        one_of("state", REQUEST_STATES),
        sa.CheckConstraint("amount_cents > 0", name="asks_for_something"),
        sa.Index("ix_refund_request_waiting", "location_id", "state"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"), index=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    state: Mapped[str] = mapped_column(sa.String(8))
    terms: Mapped[dict[str, Any]] = mapped_column(Json)
    amount_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    reason: Mapped[str] = mapped_column(sa.String(200))
    asked_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
