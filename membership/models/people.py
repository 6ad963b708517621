"""Members, and where they belong."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base


class Member(Base):
    """A person's commercial account, with at most one sign-in.

    `email_key` is the mailbox behind the address: other spellings of it have the same key.
    """

    __tablename__ = "member"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), unique=True)
    name: Mapped[str] = mapped_column(sa.String(160))
    name_folded: Mapped[str] = mapped_column(sa.String(160), index=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    email_key: Mapped[str] = mapped_column(sa.String(254), index=True)
    phone: Mapped[str | None] = mapped_column(sa.String(20), index=True)
    check_in_code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    created_at: Mapped[datetime]
    merged_into_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"), index=True)


class MemberHome(Base):
    """Where a member belongs from a date on; rows are added, never overwritten."""

    __tablename__ = "member_home"
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), index=True)


class MemberNote(Base):
    """The one free note that staff keep on a member; never about health."""

    __tablename__ = "member_note"
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    text: Mapped[str] = mapped_column(sa.String(500))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]


class MemberMerge(Base):
    """Two records of one person became one: what was `merged_id` belongs to `kept_id` now."""

    __tablename__ = "member_merge"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kept_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    merged_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), unique=True)
    reason: Mapped[str] = mapped_column(sa.String(200))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]


class StarterOverride(Base):
    """A manager's leave for one more starter, with the reason; used once, and reported."""

    __tablename__ = "starter_override"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    reason: Mapped[str] = mapped_column(sa.String(200))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]
    member_pack_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("member_pack.id"), unique=True
    )
