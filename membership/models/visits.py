"""Check-ins."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base


class Visit(Base):
    """A check-in: its location and that location's date decide everything."""

    __tablename__ = "visit"
    __table_args__ = (sa.UniqueConstraint("location_id", "external_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    business_date: Mapped[date]
    at: Mapped[datetime]
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    membership_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("membership.id"))
    request_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(64))
    undone_at: Mapped[datetime | None]


sa.Index("ix_visit_member", Visit.member_id, Visit.business_date)


sa.Index("ix_visit_place", Visit.location_id, Visit.business_date)
