"""Members at Stripe: their card on file, and their way to a new one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of

CARD_SETUP_STATES = ("open", "done", "expired")


class StripeCustomer(Base):
    """A member at one Stripe account, and the card on file as Stripe describes it.

    `card_refused_code` is why its bank will never accept this card again: it is not asked any
    more. `expiry_told_days` is how many days before this card's end its member was told last.
    Both go with the card.
    """

    __tablename__ = "stripe_customer"
    __table_args__ = (
        sa.UniqueConstraint("stripe_account", "customer_id"),
        sa.Index("ix_stripe_customer_expiry", "card_exp_year", "card_exp_month"),
    )
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    stripe_account: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.String(64))
    payment_method_id: Mapped[str | None] = mapped_column(sa.String(64))
    card_brand: Mapped[str | None] = mapped_column(sa.String(20))
    card_last4: Mapped[str | None] = mapped_column(sa.String(4))
    card_exp_month: Mapped[int | None]
    card_exp_year: Mapped[int | None]
    card_fingerprint: Mapped[str | None] = mapped_column(sa.String(64))
    card_refused_code: Mapped[str | None] = mapped_column(sa.String(60))
    expiry_told_days: Mapped[int | None] = mapped_column(sa.SmallInteger)
    updated_at: Mapped[datetime]


class CardSetup(Base):
    """A member's way to Stripe's page for a new card. Done once, so a late letter about an
    older card never replaces a newer one.
    """

    __tablename__ = "card_setup"
    __table_args__ = (one_of("state", CARD_SETUP_STATES),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    stripe_account: Mapped[str] = mapped_column(sa.String(40))
    session_id: Mapped[str | None] = mapped_column(sa.String(120), unique=True)
    state: Mapped[str] = mapped_column(sa.String(8))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
