"""The lists of the front desk, as they are read: who was found, and who came today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.formats import counted, day_short
from membership.people.member_search import Found
from membership.rules.visit_values import CheckInPreview
from membership.rules.visits import UNDO_WITHIN
from membership.visits.visits import DeskVisit


@dataclass(frozen=True, slots=True)
class FoundRow:
    """Somebody found, as the list shows them; texts are ready to be read."""

    member_id: UUID
    name: str
    visitor: bool
    light: str
    allowed: bool
    holds: str
    consumes: str
    reason: str
    request_key: str


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A check-in of today, as the list shows it."""

    id: UUID
    member_id: UUID
    name: str
    at: datetime
    what: str
    undone: bool
    can_undo: bool
    charged: bool


def found_row(one: Found, seen: CheckInPreview) -> FoundRow:
    """Somebody found, with what a check-in would do."""
    return FoundRow(
        member_id=one.member_id,
        name=one.name,
        visitor=one.visitor,
        light=seen.light,
        allowed=seen.allowed,
        holds=_holds(seen),
        consumes=_consumes(seen),
        reason="" if seen.code == "ok" else seen.reason,
        request_key=seen.request_key,
    )


def _holds(seen: CheckInPreview) -> str:
    """`Starter · 2 of 3 left · until Jan 14, 2027`."""
    parts = [seen.source or ""]
    if seen.left is not None:
        parts.append(f"{seen.left} of {seen.quantity} left")
    if seen.valid_until is not None:
        parts.append(f"before {day_short(seen.valid_until)}")
    return " · ".join(filter(None, parts))


def _consumes(seen: CheckInPreview) -> str:
    if not seen.allowed:
        return ""
    if seen.left_after is None:
        return "Counts no session."
    return f"Takes one session; {counted(seen.left_after, 'session', 'sessions')} left after it."


def visit_row(one: DeskVisit, *, now: datetime) -> VisitRow:
    """A check-in, with whether it may still be taken back."""
    return VisitRow(
        id=one.id,
        member_id=one.member_id,
        name=one.name,
        at=one.at,
        what=one.what,
        undone=one.undone,
        can_undo=not one.undone and now - one.at <= UNDO_WITHIN,
        charged=one.charged,
    )
