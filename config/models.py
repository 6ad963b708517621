"""Tables of the ground floor: what happened (audit), what must leave (outbox), which job ran."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base

OUTBOX_STATES = ("ready", "sending", "sent", "failed", "unknown", "bounced")


def one_of(column: str, values: tuple[str, ...], name: str | None = None) -> sa.CheckConstraint:
    """A CHECK that a text column holds one of these words.

    Spelt out: SQLite builds a tree of an IN's words for every row that it looks at, which took
    a quarter of the time of inserting an invoice.
    """
    listed = " OR ".join(f"{column} = '{v}'" for v in values)
    return sa.CheckConstraint(listed, name=name or f"{column}_known")


class AuditEntry(Base):
    """Who did what to which thing, when. Append-only."""

    __tablename__ = "audit_entry"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_label: Mapped[str] = mapped_column(sa.String(80))
    action: Mapped[str] = mapped_column(sa.String(80))
    subject_type: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[UUID | None] = mapped_column(index=True)
    location_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]]


class AuditSeal(Base):
    """A link of the hash chain over audit entries, added by one job after the fact."""

    __tablename__ = "audit_seal"
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("audit_entry.id"), unique=True)
    previous_hash: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))


class OutboxMessage(Base):
    """A mail that must leave once the business change it belongs to has committed."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        one_of("state", OUTBOX_STATES),
        sa.Index(
            "ix_outbox_message_ready",
            "not_before",
            sqlite_where=sa.text("state = 'ready'"),
            postgresql_where=sa.text("state = 'ready'"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(sa.String(120), unique=True)
    to_address: Mapped[str] = mapped_column(sa.String(254))
    template: Mapped[str] = mapped_column(sa.String(60))
    context: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(sa.String(10))
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.String(200))


class JobState(Base):
    """The last run of each entry of the timetable."""

    __tablename__ = "job_state"
    name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.String(200))
