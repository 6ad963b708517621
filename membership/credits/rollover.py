"""Rollover: at a period's end, what is left of a plan's sessions is cut to the plan's cap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from membership.credits import credit_endings
from membership.models import CreditGrant, Membership, MembershipPeriod, PlanChange, PlanVersion
from membership.rules.credits import Unspent, kept_at_rollover

# In arrears nothing rolls: the lapse takes back what was never paid, or the money comes and the
# plan goes on. On hold the period's end is shifted, and this day with it.
_ROLLS = ("active", "ended")
REASON = "over the plan's rollover"
# Built once: a location asks this every minute, and most often finds nothing.
ROLLING = (
    sa.select(Membership.id, Membership.member_id)
    .where(
        Membership.id.in_(
            sa.select(CreditGrant.membership_id)
            .where(CreditGrant.location_id == sa.bindparam("location"), CreditGrant.remaining > 0)
            .where(CreditGrant.rolls_on <= sa.bindparam("on"))
        ),
        Membership.status.in_(_ROLLS),
    )
    .order_by(Membership.id)
)


class Loss(NamedTuple):
    """What a period's end takes: sessions, and their value in minor units."""

    sessions: int
    cents: int


class _Caps(NamedTuple):
    """What tells which plan is held from a day on: what was issued, is pending, is held now."""

    issued: Mapping[tuple[UUID, date], int]
    pending: Mapping[UUID, tuple[date, int]]
    held: Mapping[UUID, int]

    def at(self, membership_id: UUID, period_end: date) -> int:
        """The cap of the plan held from the day after a period; a plan that ended keeps none."""
        issued = self.issued.get((membership_id, period_end))
        if issued is not None:
            return issued
        changes = self.pending.get(membership_id)
        if changes is not None and changes[0] <= period_end:
            return changes[1]
        return self.held.get(membership_id, 0)


def preview(membership_id: UUID, *, period_end: date, cap: int) -> Loss:
    """What would be lost if the period ended with what is left now, under this cap."""
    owner = db.session.get_one(Membership, membership_id).member_id
    query = _left({membership_id: owner}).where(
        CreditGrant.valid_until > period_end, CreditGrant.valid_from < period_end
    )
    cuts = kept_at_rollover([_unspent(one) for one in db.session.scalars(query)], cap=cap)
    return Loss(sum(cut.lost for cut in cuts), sum(cut.lost_cents for cut in cuts))


def roll_due(location_id: UUID, *, on: date, now: datetime, limit: int) -> int:
    """Cut the plans of up to `limit` members whose period ended by `on`; returns how many.

    The cap is that of the plan held from that day on: a change that takes effect then is
    asked for its terms, a plan that has ended keeps nothing. Late or twice is harmless.
    """
    owners = _locked_memberships(location_id, on, limit)
    if not owners:
        return 0
    grants: defaultdict[UUID, list[CreditGrant]] = defaultdict(list)
    query = _left(owners).order_by(CreditGrant.id).with_for_update()
    for grant in db.session.scalars(query.execution_options(populate_existing=True)):
        if grant.membership_id is not None:
            grants[grant.membership_id].append(grant)
    caps = _caps(owners)
    for membership_id in owners:
        _roll(grants[membership_id], membership_id, caps, on=on, now=now)
    return len(owners)


def _roll(
    grants: Sequence[CreditGrant], membership_id: UUID, caps: _Caps, *, on: date, now: datetime
) -> None:
    """Every period's end that has come, oldest first; whatever began later is not touched."""
    ends = {g.rolls_on for g in grants if g.rolls_on is not None and g.rolls_on <= on}
    for period_end in sorted(ends):
        rolling = {
            grant.id: grant
            for grant in grants
            if grant.valid_from < period_end and period_end < _until(grant)
        }
        cuts = kept_at_rollover(
            [_unspent(grant) for grant in rolling.values()],
            cap=caps.at(membership_id, period_end),
        )
        lost = [(rolling[cut.id], cut) for cut in cuts]
        credit_endings.forfeit_many(lost, on=on, now=now, reason=REASON)
        done = [grant.id for grant in grants if grant.rolls_on == period_end]
        db.session.execute(
            sa.update(CreditGrant).where(CreditGrant.id.in_(done)).values(rolls_on=None)
        )
        for grant in rolling.values():
            db.session.refresh(grant)


def _locked_memberships(location_id: UUID, on: date, limit: int) -> dict[UUID, UUID]:
    """Plans whose day has come and their members, in the order in which everybody locks."""
    query = ROLLING.limit(limit).with_for_update(skip_locked=True)
    found = db.session.execute(query, {"location": location_id, "on": on})
    return {row.id: row.member_id for row in found}


def _left(owners: Mapping[UUID, UUID]) -> sa.Select[CreditGrant]:
    """Batches with something left, found by their members: those have the index."""
    return sa.select(CreditGrant).where(
        CreditGrant.member_id.in_(set(owners.values())),
        CreditGrant.membership_id.in_(list(owners)),
        CreditGrant.source_type == "period",
        CreditGrant.remaining > 0,
    )


def _caps(ids: Iterable[UUID]) -> _Caps:
    keys = list(ids)
    issued = (
        sa.select(MembershipPeriod.membership_id, MembershipPeriod.start, PlanVersion.rollover_cap)
        .join(PlanVersion, PlanVersion.id == MembershipPeriod.plan_version_id)
        .where(MembershipPeriod.membership_id.in_(keys))
    )
    pending = (
        sa.select(PlanChange.membership_id, PlanChange.effective_on, PlanVersion.rollover_cap)
        .join(PlanVersion, PlanVersion.id == PlanChange.to_version_id)
        .where(PlanChange.membership_id.in_(keys), PlanChange.state == "pending")
    )
    held = (
        sa.select(Membership.id, PlanVersion.rollover_cap)
        .join(PlanVersion, PlanVersion.id == Membership.plan_version_id)
        .where(Membership.id.in_(keys), Membership.status != "ended")
    )
    return _Caps(
        issued={(row[0], row[1]): row[2] for row in db.session.execute(issued)},
        pending={row[0]: (row[1], row[2]) for row in db.session.execute(pending)},
        held={row[0]: row[1] for row in db.session.execute(held)},
    )


def _unspent(grant: CreditGrant) -> Unspent:
    return Unspent(grant.id, grant.remaining, grant.remaining_cents, _until(grant))


def _until(grant: CreditGrant) -> date:
    return grant.valid_until or date.max
