"""Sends the mail of the outbox that is due, at most once, and says what became of it.

Rows are claimed in a commit of their own before they are sent: a crash in between leaves them
claimed, later *unknown* and reported to a person, and never sent again by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jinja2
import sqlalchemy as sa
from flask import current_app

from config import mail
from config.db import db, run_txn
from config.models import OutboxMessage

UNKNOWN_AFTER = timedelta(minutes=15)
_RETRY_AFTER = timedelta(minutes=10)
_GIVE_UP_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one claimed message: its next state, and why when it did not leave."""

    id: UUID
    state: str
    error: str | None = None


def deliver_due(now: datetime, limit: int = 500, *, batch: int = 10) -> int:
    """Send what is due, oldest first; how many were tried. An edge: opens its own transactions.

    `batch` messages are claimed per commit, so a crash leaves at most that many unknown.
    """
    tried = 0
    while tried < limit:
        size = min(batch, limit - tried)
        claimed = run_txn(lambda size=size: _claim(now, size))
        if not claimed:
            break
        outcomes = [_sent(row, now) for row in claimed]
        run_txn(lambda done=outcomes: _settle(done, now))
        tried += len(claimed)
        if all(outcome.state == "ready" for outcome in outcomes):
            break  # the mail server is away: the rest would only wait for it in vain
    return tried


def report_unknown(now: datetime) -> list[UUID]:
    """Mark messages claimed long ago and never finished as unknown; their keys.

    The caller opens the transaction and tells a person. They are not sent again.
    """
    stuck = (
        sa.update(OutboxMessage)
        .where(OutboxMessage.state == "sending", OutboxMessage.claimed_at < now - UNKNOWN_AFTER)
        .values(state="unknown", error="the process ended while sending")
        .returning(OutboxMessage.id)
    )
    return list(db.session.scalars(stuck))


def _claim(now: datetime, size: int) -> Sequence[OutboxMessage]:
    due = (
        sa.select(OutboxMessage.id)
        .where(OutboxMessage.state == "ready", OutboxMessage.not_before <= now)
        .order_by(OutboxMessage.not_before, OutboxMessage.id)
        .limit(size)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.session.scalars(due))
    if not ids:
        return []
    mine = OutboxMessage.id.in_(ids)
    db.session.execute(
        sa.update(OutboxMessage).where(mine).values(state="sending", claimed_at=now, error=None),
        execution_options={"synchronize_session": False},
    )
    rows = sa.select(OutboxMessage).where(mine).order_by(OutboxMessage.not_before, OutboxMessage.id)
    return db.session.scalars(rows).all()


def _sent(row: OutboxMessage, now: datetime) -> Outcome:
    """Render and send one claimed message; never raises for what belongs to that message."""
    try:
        letter = mail.compose(row.template, row.context, key=str(row.id), to=row.to_address)
    except (jinja2.TemplateError, ValueError, TypeError, LookupError) as error:
        current_app.logger.exception("mail template %s does not render", row.template)
        return Outcome(row.id, "failed", f"template: {type(error).__name__}")
    try:
        mail.send(letter)
    except mail.MailRefused as error:
        return Outcome(row.id, "failed", str(error))
    except mail.MailUnavailable as error:
        tired = now - row.created_at > _GIVE_UP_AFTER
        return Outcome(row.id, "failed" if tired else "ready", str(error))
    except mail.MailUnknown as error:
        return Outcome(row.id, "unknown", str(error))
    return Outcome(row.id, "sent")


def _settle(outcomes: Sequence[Outcome], now: datetime) -> None:
    for outcome in outcomes:
        values: dict[str, Any] = {"state": outcome.state, "error": outcome.error}
        if outcome.state == "sent":
            values["sent_at"] = now
        if outcome.state == "ready":
            values["not_before"] = now + _RETRY_AFTER
        db.session.execute(
            sa.update(OutboxMessage)
            # Somebody may have reported it as unknown meanwhile; we know better now.
            .where(OutboxMessage.id == outcome.id, OutboxMessage.state.in_(("sending", "unknown")))
            .values(**values),
            execution_options={"synchronize_session": False},
        )
