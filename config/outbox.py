"""Mail that must leave once the change it belongs to has committed, and at most once.

`put` writes a row in the caller's transaction. `deliver_due` claims rows in a commit of their
own before it sends: a crash in between leaves them claimed, later *unknown* and reported to a
person, and never sent again by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jinja2
import sqlalchemy as sa
from flask import current_app

from config import mail
from config.db import db, insert_many, run_txn
from config.ids import new_id
from config.models import OutboxMessage

UNKNOWN_AFTER = timedelta(minutes=15)
_RETRY_AFTER = timedelta(minutes=10)
_GIVE_UP_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A mail to queue. `template` names `templates/mail/<template>.txt` and, if there, `.html`.

    `context` is plain JSON. Nothing leaves before `not_before` (or else `now`).
    """

    dedupe_key: str
    to: str
    template: str
    context: Mapping[str, Any]
    now: datetime
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one claimed message: its next state, and why when it did not leave."""

    id: UUID
    state: str
    error: str | None = None


def put(
    *,
    dedupe_key: str,
    to: str,
    template: str,
    context: Mapping[str, Any],
    now: datetime,
    not_before: datetime | None = None,
) -> None:
    """Queue a mail in the caller's transaction; a key used before is a quiet no-op. See Post."""
    put_many([Post(dedupe_key=dedupe_key, to=to, template=template, context=context, now=now,
                   not_before=not_before)])  # fmt: skip


def put_many(posts: Sequence[Post]) -> None:
    """Queue many in one statement; ValueError on an address or key that could not be kept."""
    if posts:
        insert_many(OutboxMessage, [_row(post) for post in posts], once_by="dedupe_key")


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


def bounce(dedupe_key: str, *, reason: str) -> bool:
    """Record that a sent mail came back; whether such a mail was known. Caller's transaction."""
    came_back = (
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.dedupe_key == dedupe_key,
            OutboxMessage.state.in_(("sent", "sending", "unknown")),
        )
        .values(state="bounced", error=reason[:200])
        .returning(OutboxMessage.id)
    )
    return db.session.scalar(came_back) is not None


def is_delivered(dedupe_key: str) -> bool:
    """Whether a mail has left and, as far as known, not come back: a notice's proof."""
    state = sa.select(OutboxMessage.state).where(OutboxMessage.dedupe_key == dedupe_key)
    return db.session.scalar(state) == "sent"


def sent_unclaimed() -> Iterator[str]:
    """Doctor: a mail marked as sent that nobody claimed would mean it left outside the protocol."""
    odd = sa.select(OutboxMessage.dedupe_key).where(
        OutboxMessage.state == "sent",
        sa.or_(OutboxMessage.claimed_at.is_(None), OutboxMessage.sent_at.is_(None)),
    )
    for key in db.session.scalars(odd):
        yield f"mail {key} is marked as sent without having been claimed"


def _row(post: Post) -> dict[str, Any]:
    if not mail.one_line(post.to) or "@" not in post.to or len(post.to) > 254:
        raise ValueError("not a mail address")
    if not 0 < len(post.dedupe_key) <= 120:
        raise ValueError("a dedupe key has 1 to 120 characters")
    return {
        "id": new_id(),
        "dedupe_key": post.dedupe_key,
        "to_address": post.to,
        "template": post.template,
        "context": dict(post.context),
        "state": "ready",
        "created_at": post.now,
        "not_before": post.not_before or post.now,
    }


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
