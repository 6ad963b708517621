"""What members agreed to and signed, and what they were told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of

CONSENT_STATES = ("given", "used", "withdrawn", "lapsed")
NOTICE_STATES = ("planned", "sent", "delivered", "failed", "dropped")


class Consent(Base):
    """Agreement to an exact text and amount. Used for a charge, it is the mandate."""

    __tablename__ = "consent"
    __table_args__ = (one_of("state", CONSENT_STATES), one_of("kind", ("plan", "change")))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    state: Mapped[str] = mapped_column(sa.String(10))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    plan_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_version.id"))
    member_pack_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("member_pack.id"), unique=True
    )
    price_cents: Mapped[int]
    tax_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    text: Mapped[str] = mapped_column(sa.Text)
    text_version: Mapped[str] = mapped_column(sa.String(20))
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    address: Mapped[str] = mapped_column(sa.String(45))
    agent: Mapped[str] = mapped_column(sa.String(200))


class SignedDocument(Base):
    """A waiver or contract as it was signed: the exact text, its version, and who signed."""

    __tablename__ = "signed_document"
    __table_args__ = (one_of("kind", ("waiver", "contract")),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    version: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.Text)
    text_sha256: Mapped[str] = mapped_column(sa.String(64))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    signed_name: Mapped[str] = mapped_column(sa.String(160))
    signed_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(sa.String(45))
    agent: Mapped[str] = mapped_column(sa.String(200))


class Notice(Base):
    """Something a member must be told before something may happen, with its proof."""

    __tablename__ = "notice"
    __table_args__ = (
        one_of("state", NOTICE_STATES),
        sa.UniqueConstraint("source_id", "kind", "about_on"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    kind: Mapped[str] = mapped_column(sa.String(24))
    source_id: Mapped[UUID]
    about_on: Mapped[date]
    leaves_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(sa.String(10))
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    outbox_key: Mapped[str | None] = mapped_column(sa.String(120))
    facts: Mapped[dict[str, Any]]


sa.Index("ix_notice_leaving", Notice.location_id, Notice.state, Notice.leaves_at)
