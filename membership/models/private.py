"""What concerns health: kept apart, read by the member alone, erasable alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of


class HealthConsent(Base):
    """Agreement to keep one kind of health data, apart from every other consent."""

    __tablename__ = "health_consent"
    __table_args__ = (one_of("kind", ("gauge",)),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    text: Mapped[str] = mapped_column(sa.Text)
    text_version: Mapped[str] = mapped_column(sa.String(20))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(sa.String(45))
    agent: Mapped[str] = mapped_column(sa.String(200))


class GaugeScore(Base):
    """How a member felt after a session, 0 to 10. Only an offer ever depends on it."""

    __tablename__ = "gauge_score"
    __table_args__ = (sa.CheckConstraint("score BETWEEN 0 AND 10", name="score_range"),)
    visit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("visit.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    score: Mapped[int] = mapped_column(sa.SmallInteger)
    at: Mapped[datetime]


class PrivateReason(Base):
    """Why a member asked for a medical hold or an exit by law, in their own words."""

    __tablename__ = "private_reason"
    __table_args__ = (one_of("about", ("medical_hold", "exit")),)
    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    about: Mapped[str] = mapped_column(sa.String(12))
    text: Mapped[str] = mapped_column(sa.String(500))
    at: Mapped[datetime]
