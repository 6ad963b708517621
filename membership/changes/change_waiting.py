"""The change that waits for a plan's next renewal: put there, in the place of another, or moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from config.audit import Actor
from membership.agreements import change_consents
from membership.changes import change_quotes, change_rows
from membership.changes.change_rows import live_of, pending_of
from membership.models import Membership, PlanChange
from membership.plans.membership_rows import locked
from membership.rules import changes as rules
from membership.rules.membership_status import Event, require

_EVENTS: Mapping[str, Event] = {
    "price_rise": "price_rise_due",
    "step_down": "step_down_due",
    "move": "home_moves",
}


def pend(
    membership_id: UUID,
    *,
    kind: rules.Kind,
    to_version_id: UUID,
    price_cents: int,
    consent_id: UUID | None,
    by: Actor,
    on: date,
    now: datetime,
    facts: Mapping[str, Any],
) -> PlanChange:
    """Other terms from the next renewal on, or from the first on or after `facts["not_before"]`
    (an ISO date) where that is given. Replaces what waited before; a step-down or a price rise
    is Refused("change_pending") instead where the member asked for something else.
    """
    membership = locked(membership_id)
    require(membership.status, _EVENTS.get(kind, "change_at_renewal"))
    if membership.ends_on is not None and kind != "move":
        raise rules.refuse("cancel_pending")
    return put(
        membership,
        kind=kind,
        to_version_id=to_version_id,
        location_id=change_quotes.billed_at(membership),
        price_cents=price_cents,
        consent_id=consent_id,
        by=by,
        now=now,
        facts=facts,
    )


def move(
    membership: Membership, location_id: UUID, *, consent_id: UUID | None, by: Actor, now: datetime
) -> PlanChange:
    """Bill a locked membership at another studio from its next renewal on, with what else was
    to change then: re-quoted there, and consented to anew where it costs more.
    """
    before = pending_of(membership.id)
    terms = change_quotes.moved_terms(membership, location_id)
    return put(
        membership,
        kind=before.kind if before else "move",  # type: ignore[arg-type]  # its CHECK knows it
        to_version_id=terms.plan_version_id,
        location_id=location_id,
        price_cents=terms.price_cents,
        consent_id=consent_id or (before.consent_id if before else None),
        by=by,
        now=now,
        facts=before.facts if before else {},
    )


def put(
    membership: Membership,
    *,
    kind: rules.Kind,
    to_version_id: UUID,
    location_id: UUID,
    price_cents: int,
    consent_id: UUID | None,
    by: Actor,
    now: datetime,
    facts: Mapping[str, Any],
) -> PlanChange:
    before = live_of(membership.id)
    if before is not None:
        _make_room(before, kind, consent_id, by=by, now=now)
    return change_rows.add(
        membership,
        state="pending",
        kind=kind,
        to_version_id=to_version_id,
        location_id=location_id,
        price_cents=price_cents,
        effective_on=max(membership.next_due_on, rules.not_before(facts) or date.min),
        consent_id=consent_id,
        facts=facts,
        by=by,
        now=now,
    )


def _make_room(
    before: PlanChange, kind: rules.Kind, consent_id: UUID | None, *, by: Actor, now: datetime
) -> None:
    """The latest replaces the one before, except where a payment is on its way for that one."""
    if before.state == "waiting":
        raise rules.refuse("payment_pending")
    if kind in rules.BY_THE_HOUSE and before.kind != "move":
        raise rules.refuse("change_pending")
    change_rows.close(before, "replaced", by=by, now=now)
    if before.consent_id != consent_id:
        change_consents.end(before.consent_id, "withdrawn", by=by, now=now)
