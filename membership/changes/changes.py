"""Other terms for a held plan, from its next renewal on: asked for, taken back, put into effect."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from config.audit import SYSTEM, Actor
from membership.agreements import change_consents
from membership.agreements.change_consents import Proof
from membership.changes import change_letters, change_quotes, change_rows
from membership.changes.change_rows import pending_of
from membership.changes.change_waiting import move, put
from membership.models import Membership, PlanChange
from membership.plans.membership_rows import locked
from membership.rules import changes as rules
from membership.rules.membership_status import require


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
    change = put(
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
    change = put(
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
