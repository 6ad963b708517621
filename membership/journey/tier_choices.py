"""What a member says about smaller plans: yes beforehand, no to one that was announced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from config import audit
from config.audit import Actor
from config.calendar import local_date
from config.db import db
from config.errors import Refused
from locations import places
from membership.catalogue import plan_names
from membership.changes import change_rows, changes
from membership.journey import step_downs
from membership.models import Membership
from membership.plans.membership_rows import locked
from membership.rules import tiers as rules
from membership.rules.membership_status import require


def agree(membership_id: UUID, *, seen: str, by: Actor, now: datetime) -> None:
    """The member agrees beforehand to step down, to exactly the words shown; a repeat is quiet.

    Raises Refused("terms_changed") where the words are not today's.
    """
    if seen != rules.AGREEMENT:
        raise Refused("terms_changed", "These words have changed: please read them once more.")
    membership = locked(membership_id)
    if not membership.steps_down:
        membership.steps_down = True
        _record(membership, "membership.agreed_to_step_down", by=by, now=now)


def withdraw(membership_id: UUID, *, by: Actor, on: date, now: datetime) -> None:
    """The member takes that back, and a step down that waits with it."""
    membership = locked(membership_id)
    if not membership.steps_down:
        return
    membership.steps_down = False
    _record(membership, "membership.withdrew_step_down", by=by, now=now)
    change = change_rows.pending_of(membership_id)
    if change is not None and change.kind == step_downs.KIND:
        changes.undo(membership_id, by=by, on=on, now=now)


def stay(suggestion_id: UUID, *, by: Actor, on: date, now: datetime) -> None:
    """The member keeps the plan as it is; a second click changes nothing.

    Raises Refused("too_late") once the lower plan began.
    """
    suggestion = step_downs.get(suggestion_id)
    require(locked(suggestion.membership_id).status, "undo_change")
    db.session.refresh(suggestion)
    change = step_downs.change_of(suggestion)
    if change.state == "applied":
        raise Refused("too_late", "The smaller plan has begun. You can change back on your page.")
    if change.state == "pending":
        changes.undo(suggestion.membership_id, by=by, on=on, now=now)
        step_downs.close(suggestion, "stayed")


@dataclass(frozen=True, slots=True)
class Told:
    """A step down as its link shows it; the price in minor units before tax."""

    state: Literal["waiting", "began", "over"]
    on: date
    plan_name: str
    to_name: str
    price_cents: int
    currency: str
    zone: str

    def today(self, now: datetime) -> date:
        """The date on the wall where the plan is billed."""
        return local_date(now, self.zone)


def told(suggestion_id: UUID) -> Told:
    """What the member may still decide. Raises NotFound."""
    change = step_downs.change_of(step_downs.get(suggestion_id))
    states: dict[str, Literal["waiting", "began"]] = {"pending": "waiting", "applied": "began"}
    return Told(
        state=states.get(change.state, "over"),
        on=change.effective_on,
        plan_name=plan_names.name_of(change.from_version_id),
        to_name=plan_names.name_of(change.to_version_id),
        price_cents=change.price_cents,
        currency=change.currency,
        zone=places.get(change.location_id).zone,
    )


def _record(membership: Membership, action: str, *, by: Actor, now: datetime) -> None:
    db.session.flush()
    audit.record(
        actor=by,
        action=action,
        subject_type="membership",
        subject_id=membership.id,
        location_id=membership.location_id,
        facts={"text": rules.AGREEMENT, "version": rules.AGREEMENT_VERSION},
        now=now,
    )
