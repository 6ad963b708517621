"""Who can sign in, and what they may do where."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from flask_security.core import UserMixin
from flask_security.datastore import AsaList
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of

ROLES = ("owner", "manager", "desk", "accountant")


class Codes(AsaList):
    """A list of texts in one column; the vendor's own forgets to let statements be kept."""

    cache_ok = True


class Account(UserMixin, Base):
    """Somebody who can sign in: a member, or staff by their StaffRole rows."""

    __tablename__ = "account"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(160))
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool]
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    tf_primary_method: Mapped[str | None] = mapped_column(sa.String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(sa.String(255))
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Codes()))


class StaffRole(Base):
    """What an account may do where; owner and accountant hold for the whole group."""

    __tablename__ = "staff_role"
    __table_args__ = (
        one_of("role", ROLES),
        sa.CheckConstraint(
            "(location_id IS NULL) = (role IN ('owner', 'accountant'))", name="scope_fits_role"
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    location_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("location.id"))
    role: Mapped[str] = mapped_column(sa.String(12))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
