"""Wrong codes of gift cards, counted for whoever tries: after some an hour must pass."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import Refused
from config.models import AuditEntry

MOST = 10
WITHIN = timedelta(hours=1)
_ACTION = "gift_card.not_found"


def of_address(address: str | None) -> UUID:
    """Somebody who has not signed in is counted by their address."""
    return uuid5(NAMESPACE_URL, f"gift-card-guess:{address or 'unknown'}")


def require_few(guesser: UUID, *, now: datetime) -> None:
    """Refused("too_many_guesses") after MOST wrong ones within the hour."""
    query = sa.select(sa.func.count()).where(
        AuditEntry.subject_id == guesser, AuditEntry.action == _ACTION, AuditEntry.at > now - WITHIN
    )
    if (db.session.scalar(query) or 0) >= MOST:
        raise Refused(
            "too_many_guesses", "Too many codes were tried from here. Please wait for an hour."
        )


def note(guesser: UUID, *, by: Actor, now: datetime) -> None:
    """Write one down; the code that was tried is not kept."""
    audit.record(
        actor=by,
        action=_ACTION,
        subject_type="gift_card_guess",
        subject_id=guesser,
        location_id=None,
        facts={},
        now=now,
    )
