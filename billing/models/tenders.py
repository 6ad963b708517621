"""Ways to pay beside a card at Stripe: the till, gift cards, account credit."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of

TILL_MOVES = ("paid_in", "paid_out", "deposit")
GIFT_CARD_STATES = ("draft", "active", "void", "to_state")
GIFT_CARD_KINDS = (
    "sold", "used", "restored", "refunded", "cashed", "voided", "to_state", "returned",
)  # fmt: skip
ACCOUNT_CREDIT_KINDS = ("granted", "used", "restored", "paid_out", "to_state", "returned")


class TillSession(Base):
    """A drawer from its opening count to its closing one; one is open at a desk at a time.

    `expected_cents` and what was over or short are written when it is counted.
    """

    __tablename__ = "till_session"
    __table_args__ = (
        sa.Index(
            "uq_till_session_open",
            "location_id",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        sa.Index("ix_till_session_day", "location_id", "opened_on"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    currency: Mapped[str] = mapped_column(sa.String(3))
    opened_on: Mapped[date]
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    opening_cents: Mapped[int]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    expected_cents: Mapped[int | None]
    counted_cents: Mapped[int | None]
    terminal_cents: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(sa.String(200))


class TillMove(Base):
    """Cash that went into a drawer, or out of it, other than by a sale; append-only."""

    __tablename__ = "till_move"
    __table_args__ = (
        one_of("kind", TILL_MOVES),
        sa.CheckConstraint("amount_cents > 0", name="moves_something"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    till_session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("till_session.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    amount_cents: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(200))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]


class GiftCard(Base):
    """Money paid ahead by one person and spent by whoever holds its code. It never expires.

    The code itself is not kept: a digest finds it, the last four characters name it.
    """

    __tablename__ = "gift_card"
    __table_args__ = (
        one_of("state", GIFT_CARD_STATES),
        sa.CheckConstraint("balance_cents BETWEEN 0 AND initial_cents", name="not_overdrawn"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    state: Mapped[str] = mapped_column(sa.String(8))
    code_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    last4: Mapped[str | None] = mapped_column(sa.String(4))
    currency: Mapped[str] = mapped_column(sa.String(3))
    initial_cents: Mapped[int]
    balance_cents: Mapped[int]
    buyer_member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    recipient_name: Mapped[str | None] = mapped_column(sa.String(160))
    recipient_email: Mapped[str | None] = mapped_column(sa.String(254))
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]


class GiftCardEntry(Base):
    """What happened to a gift card's money; append-only, its sum is the balance.

    `till_session_id` is the drawer that the cash of a "cashed" one came out of.
    """

    __tablename__ = "gift_card_entry"
    __table_args__ = (
        one_of("kind", GIFT_CARD_KINDS),
        sa.UniqueConstraint("source_id", "kind"),
        sa.CheckConstraint(
            "(kind = 'cashed') = (till_session_id IS NOT NULL)", name="cash_leaves_a_drawer"
        ),
        sa.Index(
            "ix_gift_card_entry_till",
            "till_session_id",
            sqlite_where=sa.text("till_session_id IS NOT NULL"),
            postgresql_where=sa.text("till_session_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_gift_card_entry_cashed",
            "location_id",
            "at",
            sqlite_where=sa.text("kind = 'cashed'"),
            postgresql_where=sa.text("kind = 'cashed'"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    gift_card_id: Mapped[UUID] = mapped_column(sa.ForeignKey("gift_card.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    amount_cents: Mapped[int]
    source_id: Mapped[UUID]
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    till_session_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("till_session.id"))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]


class AccountCredit(Base):
    """What a location owes a member in credit that pays invoices."""

    __tablename__ = "account_credit"
    __table_args__ = (
        sa.CheckConstraint("balance_cents >= 0", name="not_overdrawn"),
        # Every batch of a run asks whether anybody has any: most often nobody has.
        sa.Index(
            "ix_account_credit_left",
            "member_id",
            sqlite_where=sa.text("balance_cents > 0"),
            postgresql_where=sa.text("balance_cents > 0"),
        ),
    )
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(sa.String(3))
    balance_cents: Mapped[int]


class AccountCreditEntry(Base):
    """A movement of a member's account credit; append-only, its sum is the balance."""

    __tablename__ = "account_credit_entry"
    __table_args__ = (
        one_of("kind", ACCOUNT_CREDIT_KINDS),
        sa.UniqueConstraint("source_id", "kind"),
        sa.Index("ix_account_credit_entry_member", "member_id", "location_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    kind: Mapped[str] = mapped_column(sa.String(8))
    amount_cents: Mapped[int]
    source_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(sa.String(200))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]
