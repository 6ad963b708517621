"""Rules of the land that an owner changed."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base


class PolicyOverride(Base):
    """A rule of a studio's jurisdiction that its owner changed from a date on.

    Tightening needs no reason, loosening does; the newest that has begun holds.
    """

    __tablename__ = "policy_override"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), index=True)
    rule: Mapped[str] = mapped_column(sa.String(40))
    setting: Mapped[str] = mapped_column(sa.String(40))
    effective_from: Mapped[date]
    reason: Mapped[str | None] = mapped_column(sa.String(200))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]
