"""Taking a check-in back: the desk within minutes, a manager later and with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import Refused, invalid_field
from locations import places
from membership.credits import credits
from membership.models import CreditEntry, CreditGrant, Visit
from membership.packs import pack_rows, packs
from membership.people import members
from membership.rules import visits as rules
from membership.visits import overage, visit_rows

AT_THE_DESK = "taken back at the desk"


def undo(visit_id: UUID, *, by_account_id: UUID | None, now: datetime) -> Visit:
    """Take a check-in back within ten minutes; its session is there again. Twice is once.

    Raises Refused `undo_too_late`, `charge_invoiced` for an extra session that was charged
    (billing takes that one back), or by name where the session has ended since.
    """
    visit = _locked(visit_id)
    if visit.undone_at is None:
        require_in_time(visit, now)
        _take_back(visit, AT_THE_DESK, now)
        _record(visit, "visit.undone", Actor(by_account_id, "desk"), {}, now)
    return visit


def undo_later(visit_id: UUID, *, reason: str, by: Actor, now: datetime) -> Visit:
    """Take any check-in back, however old, for a reason that is kept. Twice is once.

    What follows is dated today: a day that has passed is not written into again. Raises
    Invalid without a reason, Refused by name where the session has ended since.
    """
    because = _reason(reason)
    visit = _locked(visit_id)
    if visit.undone_at is None:
        _take_back(visit, because, now)
        _record(visit, "visit.undone_later", by, {"reason": because}, now)
    return visit


def require_in_time(visit: Visit, now: datetime) -> None:
    """Raise Refused("undo_too_late") where the desk may not take this back by itself any more."""
    if now - visit.at > rules.UNDO_WITHIN:
        raise Refused("undo_too_late", "A check-in can be taken back for ten minutes only.")


def _locked(visit_id: UUID) -> Visit:
    visit = visit_rows.get(visit_id)
    members.lock(visit.member_id)
    db.session.refresh(visit)
    return visit


def _reason(text: str) -> str:
    """Ours to read later; at most 200 characters."""
    clean = " ".join(text.split())
    if not clean:
        raise invalid_field("/reason", "Please say why.", code="required")
    if len(clean) > 200:
        raise invalid_field("/reason", "At most 200 characters, please.")
    return clean


def _take_back(visit: Visit, reason: str, now: datetime) -> None:
    overage.forget(visit.id)
    entry = db.session.scalar(
        sa.select(CreditEntry).where(CreditEntry.visit_id == visit.id, CreditEntry.kind == "redeem")
    )
    if entry is not None:
        _give_back(visit, entry, reason, now)
    visit.undone_at = now
    db.session.flush()


def _give_back(visit: Visit, entry: CreditEntry, reason: str, now: datetime) -> None:
    """The opposite, on the date of today: a day that has passed is not written into again."""
    grant = db.session.get_one(CreditGrant, entry.grant_id)
    pack = pack_rows.locked(grant.source_id) if grant.source_type == "pack" else None
    on = places.business_date(places.get(visit.location_id), now)
    credits.undo(entry, on=on, now=now, reason=reason)
    if pack is not None:
        packs.given_back(pack, db.session.get_one(CreditGrant, grant.id, populate_existing=True))


def _record(visit: Visit, action: str, by: Actor, facts: dict[str, Any], now: datetime) -> None:
    audit.record(
        actor=by,
        action=action,
        subject_type="visit",
        subject_id=visit.id,
        location_id=visit.location_id,
        facts={"member_id": visit.member_id, **facts},
        now=now,
    )
