"""Sold packs."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of

MEMBER_PACK_STATES = ("draft", "unopened", "open", "spent", "expired", "cancelled")


class MemberPack(Base):
    """A sold pack. Its window is [opened_on, window_end), half-open local dates.

    A starter begins the intensive phase, which lasts until `phase_end`: its window's end, moved
    by extensions or brought forward by "done". An extension names its starter in `extends_id`.
    """

    __tablename__ = "member_pack"
    __table_args__ = (
        one_of("state", MEMBER_PACK_STATES),
        sa.Index("ix_member_pack_due", "sold_at", "state", "window_end"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    pack_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("pack_version.id"))
    sold_at: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    price_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    state: Mapped[str] = mapped_column(sa.String(10))
    purchased_on: Mapped[date | None]
    first_use_by: Mapped[date | None]
    opened_on: Mapped[date | None]
    window_end: Mapped[date | None]
    phase_end: Mapped[date | None]
    extends_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member_pack.id"), index=True)
    done_on: Mapped[date | None]
    converted_on: Mapped[date | None]
    disputed_on: Mapped[date | None]
    created_at: Mapped[datetime]
