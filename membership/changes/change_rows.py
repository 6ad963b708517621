"""Changes of a plan as rows: the one that waits for a payment or a renewal, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.ids import new_id
from membership.models import Membership, PlanChange

LIVE = ("waiting", "pending")


def live_of(membership_id: UUID) -> PlanChange | None:
    """The change that waits for its payment or its renewal; there is at most one."""
    query = sa.select(PlanChange).where(
        PlanChange.membership_id == membership_id, PlanChange.state.in_(LIVE)
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).first()


def pending_of(membership_id: UUID) -> PlanChange | None:
    """The change that waits for the next renewal."""
    found = live_of(membership_id)
    return found if found is not None and found.state == "pending" else None


def get(change_id: UUID) -> PlanChange:
    """The change, read anew."""
    return db.session.get_one(PlanChange, change_id, populate_existing=True)


def add(
    membership: Membership,
    *,
    state: str,
    kind: str,
    to_version_id: UUID,
    location_id: UUID,
    price_cents: int,
    effective_on: date,
    consent_id: UUID | None,
    facts: Mapping[str, Any],
    by: Actor,
    now: datetime,
) -> PlanChange:
    """Store a change of a membership that the caller holds locked, and write it down."""
    change = PlanChange(
        id=new_id(),
        membership_id=membership.id,
        kind=kind,
        state=state,
        from_version_id=membership.plan_version_id,
        to_version_id=to_version_id,
        location_id=location_id,
        price_cents=price_cents,
        currency=membership.currency,
        effective_on=effective_on,
        consent_id=consent_id,
        facts=dict(facts),
        asked_at=now,
        by_account_id=by.id,
    )
    db.session.add(change)
    db.session.flush()
    record(change, by=by, now=now)
    return change


def close(change: PlanChange, state: str, *, by: Actor, now: datetime) -> None:
    """End a change as "applied", "replaced", "undone" or "dropped", and write it down."""
    change.state = state
    change.closed_at = now
    db.session.flush()
    record(change, by=by, now=now)


def record(change: PlanChange, *, by: Actor, now: datetime) -> None:
    """What became of a change, in the audit journal."""
    audit.record(
        actor=by,
        action=f"plan_change.{change.state}",
        subject_type="membership",
        subject_id=change.membership_id,
        location_id=change.location_id,
        facts={
            "kind": change.kind,
            "from_version_id": change.from_version_id,
            "to_version_id": change.to_version_id,
            "price_cents": change.price_cents,
            "effective_on": change.effective_on,
        },
        now=now,
    )
