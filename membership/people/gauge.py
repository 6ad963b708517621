"""How members felt after their sessions: noted under a consent of its own, read by them alone.

Nothing here is written into the audit journal, a letter, a log or an export, and no other module
reads these tables: who needs to know when a consent was given asks the member's own page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import NotFound, Refused, invalid_field
from config.ids import new_id
from locations.models import Location
from locations.upsert import insert_or
from membership.credits import credits
from membership.models import GaugeScore, HealthConsent, Visit
from membership.people import members
from membership.rules import gauge as rules
from membership.rules.gauge import Offer, Wording
from membership.rules.journey import Phase

NO_CONSENT = "Please agree to keeping such notes first."


@dataclass(frozen=True, slots=True)
class Noted:
    """A session that the member came to, with the note about it, if any."""

    visit_id: UUID
    on: date
    place_name: str
    score: int | None


def agree(
    member_id: UUID, *, shown: Wording, current: Wording, now: datetime, address: str, agent: str
) -> None:
    """Keep the member's agreement to the text that was shown; given before, it is quiet.

    Raises Refused("terms_changed") where the text is another by now.
    """
    if shown != current:
        raise Refused("terms_changed", "This text has changed: please read it once more.")
    members.lock(member_id)
    if consent_of(member_id) is not None:
        return
    db.session.add(
        HealthConsent(
            id=new_id(),
            member_id=member_id,
            kind="gauge",
            text=shown.text,
            text_version=shown.version,
            given_at=now,
            address=address[:45],
            agent=agent[:200],
        )
    )
    db.session.flush()


def withdraw(member_id: UUID, *, now: datetime) -> None:
    """Take the agreement back: every note is erased with it. A repeat is quiet."""
    members.lock(member_id)
    erase(member_id)
    db.session.execute(
        sa.update(HealthConsent)
        .where(HealthConsent.member_id == member_id, HealthConsent.kind == "gauge")
        .where(HealthConsent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )


def erase(member_id: UUID) -> None:
    """Erase every note of a member; the agreement stays."""
    db.session.execute(sa.delete(GaugeScore).where(GaugeScore.member_id == member_id))


def note(visit_id: UUID, *, member_id: UUID, score: int, now: datetime) -> None:
    """Note how a session felt, from 0 to 10; the same session again replaces the note.

    NotFound for a session that is not theirs or was taken back; Refused("no_consent").
    """
    members.lock(member_id)
    require_own(visit_id, member_id=member_id)
    if consent_of(member_id) is None:
        raise Refused("no_consent", NO_CONSENT)
    if not rules.LOWEST <= score <= rules.HIGHEST:
        raise invalid_field("/score", "Please choose from 0 to 10.")
    insert = insert_or(GaugeScore).values(
        visit_id=visit_id, member_id=member_id, score=score, at=now
    )
    db.session.execute(
        insert.on_conflict_do_update(index_elements=["visit_id"], set_={"score": score, "at": now})
    )


def require_own(visit_id: UUID, *, member_id: UUID) -> None:
    """Raise NotFound unless this is a session of the member's that was not taken back."""
    visit = db.session.get(Visit, visit_id, populate_existing=True)
    if visit is None or visit.member_id != member_id or visit.undone_at is not None:
        raise NotFound("session")


def consent_of(member_id: UUID) -> HealthConsent | None:
    """The agreement that holds, if any."""
    query = sa.select(HealthConsent).where(
        HealthConsent.member_id == member_id,
        HealthConsent.kind == "gauge",
        HealthConsent.withdrawn_at.is_(None),
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).first()


def sessions(member_id: UUID, *, limit: int = 12) -> list[Noted]:
    """The member's latest sessions, newest first, each with its note."""
    rows = db.session.execute(
        sa.select(Visit.id, Visit.business_date, Location.name, GaugeScore.score)
        .join(Location, Location.id == Visit.location_id)
        .join(GaugeScore, GaugeScore.visit_id == Visit.id, isouter=True)
        .where(Visit.member_id == member_id, Visit.undone_at.is_(None))
        .order_by(Visit.business_date.desc(), Visit.id.desc())
        .limit(limit)
    )
    return [Noted(*row) for row in rows]


def offered(member_id: UUID, *, phase: Phase, on: date) -> Offer | None:
    """What the member's own page offers, from their notes and the phase they are in."""
    scores = [one.score for one in sessions(member_id) if one.score is not None]
    return rules.offer(phase, scores, sessions_left=credits.balance(member_id, on))
