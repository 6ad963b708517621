"""How a held plan ends: cancelled, never started, or lapsed. Billing credits what is unused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import SYSTEM, Actor
from config.db import db
from locations import places
from membership import accrual, credits, letters
from membership.membership_rows import locked
from membership.models import Membership, MembershipPeriod
from membership.rules import grace
from membership.rules.membership_status import Ignored, Moves, require


@dataclass(frozen=True, slots=True)
class Unused:
    """What an unpaid period's invoice has to be credited by, in cents before tax.

    At most one of the two amounts is not zero; each is what is still deferred.
    `period_id` is none where no period was issued yet.
    """

    period_id: UUID | None
    sessions: int
    sessions_cents: int
    time_cents: int

    @property
    def net_cents(self) -> int:
        return self.sessions_cents + self.time_cents

    @property
    def liability_account(self) -> str:
        """The account that still holds the amount."""
        return "deferred_time" if self.time_cents else "deferred_sessions"


@dataclass(frozen=True, slots=True)
class CancelOutcome:
    """`last_access_on` is the last day on which the plan lets its member in.

    `unused` is given where the plan ended at once: billing credits its open invoice.
    """

    status: str
    last_access_on: date
    unused: Unused | None


def preview_cancel(membership_id: UUID, *, on: date) -> CancelOutcome:
    """What cancelling on `on` would mean; writes nothing. `unused` amounts are not computed."""
    membership = db.session.get_one(Membership, membership_id)
    found = require(membership.status, "cancel")
    if isinstance(found, Moves):
        return CancelOutcome(found.to, on, None)
    return CancelOutcome(membership.status, _last_day(membership, on), None)


def cancel(membership_id: UUID, *, on: date, now: datetime, by: Actor) -> CancelOutcome:
    """End a plan with its paid period, or at once where it is unpaid; a repeat changes nothing.

    Takes the membership's lock: a run that comes later finds nothing due, one that came
    earlier has renewed, and the plan ends with that period. Confirmed by mail.
    """
    membership = locked(membership_id)
    found = require(membership.status, "cancel")
    if isinstance(found, Ignored):
        return CancelOutcome("ended", membership.ended_on or on, None)
    if isinstance(found, Moves):
        unused = _end(membership, on=on, reason="cancelled", now=now)
        outcome = CancelOutcome(membership.status, on, unused)
    else:
        if membership.ends_on is not None:
            return CancelOutcome(membership.status, _last_day(membership, on), None)
        membership.ends_on = max(membership.period_end or on, on)
        db.session.flush()
        outcome = CancelOutcome(membership.status, _last_day(membership, on), None)
    _record(membership, "membership.cancelled", by=by, now=now)
    letters.cancelled(membership, last_access_on=outcome.last_access_on, now=now)
    return outcome


def lapse(membership_id: UUID, *, on: date, now: datetime) -> Unused | None:
    """An unpaid plan ends; none where it is not in arrears (any more)."""
    membership = locked(membership_id)
    if not isinstance(require(membership.status, "lapse_due"), Moves):
        return None
    unused = _end(membership, on=on, reason="lapsed", now=now)
    _record(membership, "membership.lapsed", by=SYSTEM, now=now)
    return unused


def abandon(membership_id: UUID, *, now: datetime) -> Unused | None:
    """A start that was never paid is given up; none where it did start."""
    membership = locked(membership_id)
    if not isinstance(require(membership.status, "start_abandoned"), Moves):
        return None
    on = places.business_date(places.get(membership.location_id), now)
    unused = _end(membership, on=on, reason="not_started", now=now)
    _record(membership, "membership.not_started", by=SYSTEM, now=now)
    return unused


def lapsing(location_id: UUID, *, on: date, limit: int) -> list[UUID]:
    """Plans in arrears whose period is over, or 30 days after they fell due."""
    too_long = on - timedelta(days=grace.LAPSE_DAYS)
    query = _of(location_id, ("grace", "locked"), limit).where(
        sa.or_(Membership.period_end <= on, Membership.arrears_since <= too_long)
    )
    return list(db.session.scalars(query))


def abandoned(location_id: UUID, *, on: date, limit: int) -> list[UUID]:
    """Starts that were not paid within 14 days."""
    too_long = on - timedelta(days=grace.ABANDONED_DAYS)
    query = _of(location_id, ("pending",), limit).where(Membership.anchor <= too_long)
    return list(db.session.scalars(query))


def lock_due(location_id: UUID, *, on: date, now: datetime) -> int:
    """Grace that is over turns into a lockout; how many plans were locked."""
    over = _of(location_id, ("grace",), None).where(Membership.grace_until <= on)
    ids = list(db.session.scalars(over.with_for_update(skip_locked=True)))
    for membership_id in ids:
        membership = locked(membership_id)
        membership.status = "locked"
        letters.locked(membership, now=now)
    db.session.flush()
    return len(ids)


def end_due(location_id: UUID, *, on: date, now: datetime) -> int:
    """Plans whose last paid day has passed end; how many did."""
    over = _of(location_id, ("active", "frozen"), None).where(Membership.ends_on <= on)
    ids = list(db.session.scalars(over.with_for_update(skip_locked=True)))
    for membership_id in ids:
        membership = locked(membership_id)
        _close(membership, on=membership.ends_on or on, reason="cancelled")
        _record(membership, "membership.ended", by=SYSTEM, now=now)
    db.session.flush()
    return len(ids)


def _end(membership: Membership, *, on: date, reason: str, now: datetime) -> Unused:
    """End now, taking back what the running period has not delivered."""
    unused = _unused(membership, on=on, now=now)
    _close(membership, on=on, reason=reason)
    db.session.flush()
    return unused


def _close(membership: Membership, *, on: date, reason: str) -> None:
    membership.status = "ended"
    membership.ended_on = on
    membership.end_reason = reason
    membership.grace_until = None


def _unused(membership: Membership, *, on: date, now: datetime) -> Unused:
    query = (
        sa.select(MembershipPeriod)
        .where(
            MembershipPeriod.membership_id == membership.id,
            MembershipPeriod.n == membership.next_n - 1,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    period = db.session.scalars(query).first()
    if period is None:
        return Unused(None, 0, 0, 0)
    time_cents = accrual.close(period, membership=membership, on=on, now=now)
    sessions, sessions_cents = credits.void_unspent(period.id, on=on, now=now)
    if membership.started_on is None and not time_cents:
        # A first period brings its credits with its payment: unpaid, all of it is deferred.
        sessions_cents = period.price_cents
    return Unused(period.id, sessions, sessions_cents, time_cents)


def _last_day(membership: Membership, on: date) -> date:
    end = membership.ends_on or membership.period_end or on
    return max(on, end - timedelta(days=1))


def _of(location_id: UUID, statuses: tuple[str, ...], limit: int | None) -> sa.Select[UUID]:
    query = sa.select(Membership.id).where(
        Membership.location_id == location_id, Membership.status.in_(statuses)
    )
    return query.order_by(Membership.id).limit(limit)


def _record(membership: Membership, action: str, *, by: Actor, now: datetime) -> None:
    audit.record(
        actor=by,
        action=action,
        subject_type="membership",
        subject_id=membership.id,
        location_id=membership.location_id,
        facts={"status": membership.status, "ends_on": membership.ends_on},
        now=now,
    )
