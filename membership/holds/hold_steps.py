"""The steps that every hold goes through, whoever asked for it: kept, begun, over, dropped."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from config import audit
from config.audit import Actor
from config.calendar import Period
from config.db import db
from config.ids import new_id
from membership.holds import hold_moves, hold_rows
from membership.models import Hold, Membership, PlanVersion
from membership.mrr import mrr
from membership.rules import grace
from membership.rules import holds as rules
from membership.rules.answers import Moves
from membership.rules.holds import Limits
from membership.rules.membership_status import answer


def add(
    membership: Membership, *, kind: str, state: str, span: Period, by: Actor, now: datetime
) -> Hold:
    """A hold on these days, not yet begun."""
    hold = Hold(
        id=new_id(),
        membership_id=membership.id,
        kind=kind,
        state=state,
        start=span.start,
        end=span.end,
        planned_end=span.end,
        asked_at=now,
        by_account_id=by.id,
    )
    db.session.add(hold)
    db.session.flush()
    return hold


def can_begin(membership: Membership, hold: Hold, *, on: date) -> bool:
    """Whether its first day has come; an older renewal is issued, an older end kept first."""
    ends_on = membership.ends_on
    return hold.start <= on and hold.start <= membership.next_due_on and (
        ends_on is None or hold.start < ends_on
    )  # fmt: skip


def begin(membership: Membership, hold: Hold, *, by: Actor, now: datetime) -> None:
    """Let a locked membership rest from the hold's first day on, with all that moves.

    One that has not started yet only starts later.
    """
    hold.state = "running"
    hold_moves.move(membership, hold, days_before=0, days=hold_rows.days_of(hold))
    if membership.status not in ("pending", "frozen"):
        membership.status = "frozen"
        membership.grace_until = None
        db.session.flush()
        mrr.restate(membership, cause="frozen", on=hold.start, now=now)
    record(hold, membership, "hold.begun", by=by, now=now)


def thaw(membership: Membership, hold: Hold, *, on: date, now: datetime) -> None:
    """A hold is over from a local date on: active again, or in grace where an invoice is open.

    The days on hold do not count as days of arrears.
    """
    found = answer(membership.status, "hold_end")
    if not isinstance(found, Moves):
        return
    membership.status = found.to
    if membership.arrears_since is not None:
        rested_from = max(membership.arrears_since, hold.start)
        rested = max(timedelta(0), hold.end - rested_from)
        membership.arrears_since += rested
        membership.status = "grace"
        membership.grace_until = grace.grace_until(
            failed_on=on,
            period_start=membership.period_start or membership.anchor,
            period_end=membership.period_end or membership.next_due_on,
        )
    if membership.disputed_on is not None:
        membership.status = "locked"  # a bank has not decided yet
    db.session.flush()
    mrr.restate(membership, cause="resumed", on=on, now=now)


def drop(membership: Membership, hold: Hold, *, by: Actor, now: datetime) -> None:
    """A hold that does not begin."""
    hold.state = "dropped"
    db.session.flush()
    record(hold, membership, "hold.dropped", by=by, now=now)


def require_running(membership: Membership) -> Hold:
    """The hold a locked membership is on. Raises Refused("not_on_hold")."""
    hold = hold_rows.running_for(membership.id)
    if hold is None or membership.status == "ended":
        raise rules.refuse("not_on_hold")
    return hold


def limits_of(membership: Membership) -> Limits:
    """How long a hold may last by the terms that are held."""
    version = db.session.get_one(PlanVersion, membership.plan_version_id)
    return Limits(version.hold_min_days, version.hold_max_days)


def record(hold: Hold, membership: Membership, action: str, *, by: Actor, now: datetime) -> UUID:
    """Write down what was done; why a medical one was asked for is written nowhere here."""
    return audit.record(
        actor=by,
        action=action,
        subject_type="hold",
        subject_id=hold.id,
        location_id=membership.location_id,
        facts={"membership_id": membership.id, "start": hold.start, "end": hold.end},
        now=now,
    )
