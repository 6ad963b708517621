"""What moved at Stripe, as Stripe tells it, and where it differs from the books."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base


class Payout(Base):
    """Money that Stripe sent to the bank; booked once all that it is made of is known.

    `failed_on` says when the books took a payout back that the bank had refused.
    """

    __tablename__ = "payout"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    stripe_id: Mapped[str] = mapped_column(sa.String(80), unique=True)
    stripe_account: Mapped[str] = mapped_column(sa.String(40), index=True)
    state: Mapped[str] = mapped_column(sa.String(12))
    amount_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    created_at: Mapped[datetime]
    arrives_on: Mapped[date]
    automatic: Mapped[bool]
    booked_on: Mapped[date | None]
    failed_on: Mapped[date | None]


class BalanceTransaction(Base):
    """One movement of a Stripe balance with its fee: a charge, refund, dispute, fee or payout.

    `source_id` is Stripe's id of what it is about; `location_id` whose books it belongs to,
    where that is known. The source of the fee's journal entry; `booked_on` is that entry's date,
    or the day on which there was found to be nothing to book.
    """

    __tablename__ = "balance_transaction"
    __table_args__ = (
        sa.CheckConstraint("net_cents = amount_cents - fee_cents", name="net_is_what_is_left"),
        sa.Index("ix_balance_transaction_source", "source_id"),
        # What a payout is made of, place by place, without a look at its movements themselves.
        sa.Index(
            "ix_balance_transaction_payout",
            "payout_id",
            "location_id",
            "kind",
            "amount_cents",
            "net_cents",
        ),
        sa.Index(
            "ix_balance_transaction_unbooked",
            "stripe_account",
            sqlite_where=sa.text("booked_on IS NULL"),
            postgresql_where=sa.text("booked_on IS NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    stripe_id: Mapped[str] = mapped_column(sa.String(80), unique=True)
    stripe_account: Mapped[str] = mapped_column(sa.String(40), index=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    source_id: Mapped[str] = mapped_column(sa.String(80))
    amount_cents: Mapped[int]
    fee_cents: Mapped[int]
    net_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    payout_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("payout.id"))
    location_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("location.id"))
    booked_on: Mapped[date | None]


class StrayIntent(Base):
    """Money that Stripe took in our name and that nothing of ours tells of, as after a restore.

    `reason` and `source_key` say what it paid for in words that outlive the invoice: once that
    is invoiced anew, this intent is adopted and nothing is charged.
    """

    __tablename__ = "stray_intent"
    __table_args__ = (
        sa.Index(
            "ix_stray_intent_waiting",
            "reason",
            "source_key",
            sqlite_where=sa.text("adopted_at IS NULL"),
            postgresql_where=sa.text("adopted_at IS NULL"),
        ),
    )
    stripe_id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    stripe_account: Mapped[str] = mapped_column(sa.String(40))
    reason: Mapped[str] = mapped_column(sa.String(20))
    source_key: Mapped[str] = mapped_column(sa.String(120))
    amount_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    created_at: Mapped[datetime]
    found_at: Mapped[datetime]
    adopted_at: Mapped[datetime | None]


class ReconcileRun(Base):
    """One daily comparison of a Stripe account with the books."""

    __tablename__ = "reconcile_run"
    __table_args__ = (sa.UniqueConstraint("stripe_account", "business_date"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    stripe_account: Mapped[str] = mapped_column(sa.String(40))
    business_date: Mapped[date]
    seen_until: Mapped[datetime]
    charges: Mapped[int]
    refunds: Mapped[int]
    disputes: Mapped[int]
    payouts: Mapped[int]
    breaks: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ReconcileBreak(Base):
    """Where Stripe and the books differ: kept until it is gone, with who looks after it.

    One that a person has resolved comes back only with other figures.
    """

    __tablename__ = "reconcile_break"
    __table_args__ = (
        sa.Index(
            "uq_reconcile_break_open",
            "kind",
            "subject_key",
            unique=True,
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    stripe_account: Mapped[str] = mapped_column(sa.String(40))
    location_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("location.id"))
    kind: Mapped[str] = mapped_column(sa.String(30))
    subject_key: Mapped[str] = mapped_column(sa.String(120))
    detail: Mapped[str] = mapped_column(sa.String(300))
    ours_cents: Mapped[int | None]
    theirs_cents: Mapped[int | None]
    currency: Mapped[str] = mapped_column(sa.String(3))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    owner_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    note: Mapped[str | None] = mapped_column(sa.String(300))
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
