"""Other terms for a held plan, from its next renewal on: asked for, taken back, put into effect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from config.audit import SYSTEM, Actor
from membership.agreements import change_consents
from membership.agreements.change_consents import Proof
from membership.changes import change_letters, change_quotes, change_rows
from membership.changes.change_rows import live_of, pending_of
from membership.models import Membership, PlanChange
from membership.plans.membership_rows import locked
from membership.rules import changes as rules
from membership.rules.membership_status import Event, require

__all__ = ["ask_at_renewal", "ask_for_member", "live_of", "move", "pend", "pending_of",
           "require_open", "undo"]  # fmt: skip

_EVENTS: Mapping[str, Event] = {
    "price_rise": "price_rise_due",
    "step_down": "step_down_due",
    "move": "home_moves",
}


def ask_at_renewal(
    membership_id: UUID, *, to_version_id: UUID, proof: Proof, on: date, now: datetime
) -> PlanChange:
    """The member changes to another plan with the next renewal; replaces what waited before.

    Raises Refused by the status, and "terms_changed" where the words seen are not today's.
    """
    membership = _open_to_change(membership_id)
    quoted = change_quotes.quote(membership, to_version_id, on=on)
    consent = change_consents.give(
        membership,
        plan_version_id=to_version_id,
        location_id=quoted.location_id,
        charge=quoted.renewal.charge,
        text=quoted.renewal_text,
        proof=proof,
        now=now,
    )
    change = _pend(
        membership,
        kind=quoted.kind,
        to_version_id=to_version_id,
        location_id=quoted.location_id,
        price_cents=quoted.to.price_cents,
        consent_id=consent.id,
        by=proof.by,
        now=now,
        facts={},
    )
    change_letters.told(membership, change, now=now)
    return change


def ask_for_member(
    membership_id: UUID, *, to_version_id: UUID, by: Actor, seen: str, on: date, now: datetime
) -> PlanChange:
    """The desk changes a member's plan from the next renewal on, where what was agreed covers it.

    Raises Refused("needs_agreement") for what costs more: that only the member can agree to.
    """
    membership = _open_to_change(membership_id)
    quoted = change_quotes.quote(membership, to_version_id, on=on)
    if not quoted.is_covered:
        raise rules.refuse("needs_agreement")
    if seen != quoted.renewal_text:
        raise rules.refuse("terms_changed")
    change = _pend(
        membership,
        kind=quoted.kind,
        to_version_id=to_version_id,
        location_id=quoted.location_id,
        price_cents=quoted.to.price_cents,
        consent_id=None,
        by=by,
        now=now,
        facts={},
    )
    change_letters.told(membership, change, now=now)
    return change


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
    return _pend(
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
    return _pend(
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


def undo(membership_id: UUID, *, by: Actor, on: date, now: datetime) -> PlanChange:
    """Take a pending change back; a move of the home that was part of it stays.

    Raises Refused("nothing_to_undo") where nothing waits, or where only the move or a price
    that was announced does.
    """
    membership = locked(membership_id)
    require(membership.status, "undo_change")
    change = pending_of(membership_id)
    if change is None or change.kind in ("move", "price_rise"):
        raise rules.refuse("nothing_to_undo")
    change_rows.close(change, "undone", by=by, now=now)
    change_consents.end(change.consent_id, "withdrawn", by=by, now=now)
    change_letters.told(membership, change, now=now)
    _keep_move(membership, change.location_id, now=now)
    return change


def _keep_move(membership: Membership, location_id: UUID, *, now: datetime) -> None:
    """The home stays moved: the held plan is billed there, unless that costs more than agreed."""
    if location_id == membership.location_id:
        return
    moved = change_quotes.quote_move(membership, location_id)
    if change_quotes.is_covered(membership, moved):
        move(membership, location_id, consent_id=None, by=SYSTEM, now=now)


def require_open(membership: Membership) -> None:
    """Raise Refused where this plan takes no change at all just now."""
    require(membership.status, "change_at_renewal")
    if membership.ends_on is not None:
        raise rules.refuse("cancel_pending")


def _open_to_change(membership_id: UUID) -> Membership:
    membership = locked(membership_id)
    require_open(membership)
    return membership


def _pend(
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
