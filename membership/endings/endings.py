"""How a held plan ends: cancelled, never started, or lapsed. Billing credits what is unused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from config.audit import SYSTEM, Actor
from config.calendar import Cycle
from config.db import db
from config.errors import Refused
from membership.endings import exits
from membership.endings.unused import Unused, take_back
from membership.holds import hold_moves
from membership.models import Membership, PlanVersion
from membership.plans import letters, promos
from membership.plans.membership_rows import close, locked, record
from membership.rules import exits as rules
from membership.rules.answers import Ignored, Moves
from membership.rules.cycle import cycle_of
from membership.rules.membership_status import REFUSALS, on_date, require


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
    ends = membership.ends_on or _ends_on(membership, on)
    return CancelOutcome(membership.status, _last_day(ends, on), None)


def cancel(membership_id: UUID, *, on: date, now: datetime, by: Actor) -> CancelOutcome:
    """End a plan with its paid period, or at once where it is unpaid; a repeat changes nothing.

    Notice and commitment hold as far as the policy lets them. Takes the membership's lock: a
    run that comes later finds nothing due, one that came earlier has renewed, and the plan ends
    with that period. Confirmed by mail.
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
            last_day = _last_day(membership.ends_on, on)
            return CancelOutcome(membership.status, last_day, None)
        ends_on = membership.ends_on = _ends_on(membership, on)
        db.session.flush()
        outcome = CancelOutcome(membership.status, _last_day(ends_on, on), None)
    record(membership, "membership.cancelled", by=by, now=now)
    still = renewals_before(membership.id, membership.ends_on) if membership.ends_on else []
    letters.cancelled(
        membership, last_access_on=outcome.last_access_on, now=now, still_charged_on=still
    )
    return outcome


def renewals_before(membership_id: UUID, ends_on: date) -> list[date]:
    """When a plan that ends on a date is still charged, because notice or commitment bind it."""
    membership = db.session.get_one(Membership, membership_id)
    cycle, n = _cycle(membership), membership.next_n - membership.anchor_n
    found: list[date] = []
    while (start := cycle.period(n).start) < ends_on:
        found.append(start)
        n += 1
    return found


def undo_cancel(membership_id: UUID, *, on: date, now: datetime, by: Actor) -> date:
    """Let a cancelled plan go on, as long as it has not ended; returns its next charge's date.

    Raises Refused("nothing_to_undo") where no end is set, Refused("ended") where it was reached.
    """
    membership = locked(membership_id)
    status = on_date(membership.status, ends_on=membership.ends_on, on=on)
    require(status, "undo_cancel")
    if membership.ends_on is None:
        raise Refused("nothing_to_undo", REFUSALS["nothing_to_undo"])
    membership.ends_on = None
    db.session.flush()
    record(membership, "membership.cancel_undone", by=by, now=now)
    letters.cancel_undone(membership, now=now)
    return membership.next_due_on


def lapse(membership_id: UUID, *, on: date, now: datetime) -> Unused | None:
    """An unpaid plan ends; none where it is not in arrears (any more).

    One that rests only because its payment is disputed gives nothing back: a bank decides.
    """
    membership = locked(membership_id)
    if not isinstance(require(membership.status, "lapse_due"), Moves):
        return None
    if membership.disputed_on is not None and membership.arrears_since is None:
        close(membership, on=on, reason="disputed", now=now)
        record(membership, "membership.ended", by=SYSTEM, now=now)
        return Unused(None, 0, 0, 0)
    unused = _end(membership, on=on, reason="lapsed", now=now)
    record(membership, "membership.lapsed", by=SYSTEM, now=now)
    return unused


def abandon(membership_id: UUID, *, on: date, now: datetime) -> Unused | None:
    """A start that was never paid is given up; none where it did start."""
    membership = locked(membership_id)
    if not isinstance(require(membership.status, "start_abandoned"), Moves):
        return None
    unused = _end(membership, on=on, reason="not_started", now=now)
    promos.release_start(membership.id)
    record(membership, "membership.not_started", by=SYSTEM, now=now)
    return unused


def _end(membership: Membership, *, on: date, reason: str, now: datetime) -> Unused:
    """End now, taking back what the running period has not delivered."""
    hold_moves.close_for(membership, on=on)
    unused = take_back(membership, on=on, now=now)
    close(membership, on=on, reason=reason, now=now)
    db.session.flush()
    return unused


def _ends_on(membership: Membership, on: date) -> date:
    """The end of the period with which a paid plan that is cancelled on `on` ends."""
    version = db.session.get_one(PlanVersion, membership.plan_version_id)
    policy = exits.policy_of(membership, on)
    return rules.ends_on(
        on=on,
        period_end=membership.period_end or on,
        notice=rules.notice_days(of_plan=version.notice_days, most=policy.cancel_notice_most_days),
        bound=rules.bound_until(
            membership.committed_until,
            started_on=membership.started_on,
            most_months=policy.commitment_most_months,
        ),
        cycle=_cycle(membership),
        n=membership.next_n - membership.anchor_n,
    )


def _cycle(membership: Membership) -> Cycle:
    version = db.session.get_one(PlanVersion, membership.plan_version_id)
    return cycle_of(
        anchor=membership.anchor,
        anchor_day=membership.anchor_day,
        interval_count=version.interval_count,
        interval_unit=version.interval_unit,
    )


def _last_day(ends_on: date, on: date) -> date:
    return max(on, ends_on - timedelta(days=1))
