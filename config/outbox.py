"""Mail that must leave once the change it belongs to has committed, and at most once.

`put` writes a row in the caller's transaction; `config.mail_delivery` sends it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from config import mail
from config.db import db, insert_many
from config.ids import new_id
from config.models import OutboxMessage


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
