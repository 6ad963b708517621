"""Payments that a cardholder disputes at the bank."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of

DISPUTE_STATES = ("open", "won", "lost")


class Dispute(Base):
    """A disputed charge: the network holds its money until a bank decides.

    While it is open, and for good once it was lost, nothing is charged on that mandate.
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
    state: Mapped[str] = mapped_column(sa.String(4))
    reason: Mapped[str] = mapped_column(sa.String(60))
    amount_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    opened_at: Mapped[datetime]
    opened_on: Mapped[date]
    evidence_due_at: Mapped[datetime | None]
    evidence_noted_at: Mapped[datetime | None]
    evidence_noted_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    closed_on: Mapped[date | None]
