"""Changes of plans that come into effect with a renewal, in the run and before its claim."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.audit import SYSTEM
from config.db import db
from membership.agreements import change_consents
from membership.changes import change_rows
from membership.models import Membership, PlanChange, PlanVersion
from membership.mrr import mrr
from membership.plans.membership_rows import locked
from membership.rules.changes import is_due

_BATCH = 200
DUE = (
    sa.select(PlanChange, Membership.next_due_on)
    .join(Membership, Membership.id == PlanChange.membership_id)
    .where(
        PlanChange.state == "pending",
        PlanChange.location_id == sa.bindparam("location"),
        Membership.next_due_on <= sa.bindparam("on"),
        Membership.status == "active",
    )
)
OUTLIVED = (
    sa.select(PlanChange)
    .join(Membership, Membership.id == PlanChange.membership_id)
    .where(
        PlanChange.state == "pending",
        Membership.location_id == sa.bindparam("location"),
        Membership.status == "ended",
    )
)


def held_back(location_id: UUID, *, on: date, closed: Collection[str]) -> frozenset[UUID]:
    """Memberships billed here that a run of this day leaves alone: a payment for a change is
    being made, the change bills them elsewhere, or its kind is `closed` at this hour.
    """
    query = (
        sa.select(PlanChange, Membership)
        .join(Membership, Membership.id == PlanChange.membership_id)
        .where(
            Membership.location_id == location_id,
            Membership.next_due_on <= on,
            PlanChange.state.in_(change_rows.LIVE),
        )
    )
    return frozenset(
        membership.id
        for change, membership in db.session.execute(query)
        if change.state == "waiting"
        or (
            is_due(change.facts, next_due_on=membership.next_due_on)
            and (change.location_id != location_id or change.kind in closed)
        )
    )


def overtaking(membership_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Of memberships that the caller holds locked, those with a change that comes first."""
    query = (
        sa.select(PlanChange, Membership)
        .join(Membership, Membership.id == PlanChange.membership_id)
        .where(PlanChange.membership_id.in_(membership_ids), PlanChange.state.in_(change_rows.LIVE))
    )
    return frozenset(
        membership.id
        for change, membership in db.session.execute(query)
        if change.state == "waiting" or is_due(change.facts, next_due_on=membership.next_due_on)
    )


def due(location_id: UUID, *, on: date, closed: Collection[str]) -> list[PlanChange]:
    """Changes that wait for a renewal due here by `on`, in the order in which everybody locks.

    `closed` are kinds whose hour has not come.
    """
    return _due(location_id, on=on, closed=closed, most=None)


def apply_due(location_id: UUID, *, on: date, now: datetime, closed: Collection[str]) -> int:
    """Put into effect what waits for a renewal due here by `on`; returns how many.

    Called by the run before it claims, under each membership's lock, and again with each batch.
    """
    waiting = _due(location_id, on=on, closed=closed, most=_BATCH)
    return sum(_apply(change.id, change.membership_id, on=on, now=now) for change in waiting)


def drop_ended(location_id: UUID, *, now: datetime) -> int:
    """Forget what waited for the renewal of a plan that has ended since; returns how many."""
    ended = db.session.scalars(OUTLIVED.limit(_BATCH), {"location": location_id}).all()
    for change in ended:
        change_rows.close(change, "dropped", by=SYSTEM, now=now)
        change_consents.end(change.consent_id, "lapsed", by=SYSTEM, now=now)
    return len(ended)


def take_terms(membership: Membership, change: PlanChange, *, at: date) -> None:
    """A locked membership holds a change's terms from a date on; another interval begins a new
    row of periods there.
    """
    old = db.session.get_one(PlanVersion, change.from_version_id)
    new = db.session.get_one(PlanVersion, change.to_version_id)
    if (old.interval_count, old.interval_unit) != (new.interval_count, new.interval_unit):
        if new.interval_unit != old.interval_unit:
            membership.anchor_day = at.day
        membership.anchor = at
        membership.anchor_n = membership.next_n
    membership.plan_version_id = change.to_version_id
    membership.price_cents = change.price_cents
    membership.location_id = change.location_id
    if change.consent_id is not None:
        membership.consent_id = change.consent_id
    db.session.flush()


def _apply(change_id: UUID, membership_id: UUID, *, on: date, now: datetime) -> bool:
    membership = locked(membership_id)
    change = change_rows.get(change_id)
    at = membership.next_due_on
    if change.state != "pending" or membership.status != "active" or at > on:
        return False
    if not is_due(change.facts, next_due_on=membership.next_due_on) or _ends_by(membership, at):
        return False
    if not change_consents.stands(change):
        change_rows.close(change, "dropped", by=SYSTEM, now=now)
        return False
    take_terms(membership, change, at=at)
    change.effective_on = at
    change_rows.close(change, "applied", by=SYSTEM, now=now)
    change_consents.end(change.consent_id, "used", by=SYSTEM, now=now)
    mrr.restate(membership, cause="terms", on=at, now=now)
    return True


def _ends_by(membership: Membership, at: date) -> bool:
    return membership.ends_on is not None and membership.ends_on <= at


def _due(
    location_id: UUID, *, on: date, closed: Collection[str], most: int | None
) -> list[PlanChange]:
    query = DUE.where(PlanChange.kind.not_in(list(closed))).order_by(PlanChange.membership_id)
    rows = db.session.execute(query.limit(most), {"location": location_id, "on": on})
    return [change for change, next_due_on in rows if is_due(change.facts, next_due_on=next_due_on)]
