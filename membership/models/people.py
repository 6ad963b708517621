"""Members, and where they belong."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.db import Base


class Member(Base):
    """A person's commercial account, with at most one sign-in."""

    __tablename__ = "member"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), unique=True)
    name: Mapped[str] = mapped_column(sa.String(160))
    name_folded: Mapped[str] = mapped_column(sa.String(160), index=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    phone: Mapped[str | None] = mapped_column(sa.String(20), index=True)
    check_in_code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    created_at: Mapped[datetime]


class MemberHome(Base):
    """Where a member belongs from a date on; rows are added, never overwritten."""

    __tablename__ = "member_home"
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), index=True)
