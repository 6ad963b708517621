"""Payments that a cardholder disputes at the bank."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base, Json
from config.models import one_of

ANSWER_STATES = ("ready", "sending", "submitted", "failed")
ANSWERED = ("inquiry", "dispute")
DISPUTE_STATES = ("inquiry", "open", "won", "lost", "closed")


class Dispute(Base):
    """A disputed charge: the network holds its money until a bank decides.

    An inquiry moves no money; it is closed, or becomes the dispute. While that is open, and for
    good once it was lost, nothing is charged on that mandate.
    """

    __tablename__ = "dispute"
    __table_args__ = (one_of("state", DISPUTE_STATES),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    stripe_id: Mapped[str] = mapped_column(sa.String(80), unique=True)
    stripe_account: Mapped[str] = mapped_column(sa.String(40))
    payment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payment.id"), index=True)
    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"), index=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), index=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    membership_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("membership.id"))
    state: Mapped[str] = mapped_column(sa.String(7))
    reason: Mapped[str] = mapped_column(sa.String(60))
    amount_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    opened_at: Mapped[datetime]
    opened_on: Mapped[date]
    evidence_due_at: Mapped[datetime | None]
    evidence_noted_at: Mapped[datetime | None]
    evidence_noted_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    closed_on: Mapped[date | None]


class FraudWarning(Base):
    """An issuer's warning that a payment may be fraud, before anybody disputes it.

    It waits until the payment is refunded or disputed, or somebody has looked at it.
    """

    __tablename__ = "fraud_warning"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    stripe_id: Mapped[str] = mapped_column(sa.String(80), unique=True)
    payment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payment.id"), index=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(60))
    warned_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    looked_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))


class KeptByBank(Base):
    """What a bank paid of a promised refund, when a dispute was lost; append-only."""

    __tablename__ = "kept_by_bank"
    __table_args__ = (sa.CheckConstraint("amount_cents > 0", name="keeps_something"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    dispute_id: Mapped[UUID] = mapped_column(sa.ForeignKey("dispute.id"), index=True)
    charge_row_id: Mapped[UUID] = mapped_column(sa.ForeignKey("charge.id"), index=True)
    amount_cents: Mapped[int]
    at: Mapped[datetime]


class DisputeAnswer(Base):
    """What a studio tells a bank, sent under keys `ev:{id}:{look}`: Stripe takes one, for good.

    An inquiry and the dispute that it may become are answered each for itself. `texts` are what
    was written when it was asked for; `receipt_file` is Stripe's id of the receipt.
    """

    __tablename__ = "dispute_answer"
    __table_args__ = (
        one_of("state", ANSWER_STATES),
        one_of("about", ANSWERED),
        sa.UniqueConstraint("dispute_id", "about"),
        sa.Index("ix_dispute_answer_waiting", "state", "lease_until_ms"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    dispute_id: Mapped[UUID] = mapped_column(sa.ForeignKey("dispute.id"))
    about: Mapped[str] = mapped_column(sa.String(7))
    state: Mapped[str] = mapped_column(sa.String(9))
    texts: Mapped[dict[str, Any]] = mapped_column(Json)
    receipt_file: Mapped[str | None] = mapped_column(sa.String(80))
    lease_until_ms: Mapped[int | None]
    looks: Mapped[int] = mapped_column(sa.SmallInteger)
    failure_code: Mapped[str | None] = mapped_column(sa.String(60))
    asked_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
