"""Moving home: another studio from a date on, and its price and tax from the next renewal on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import Refused
from locations import places
from membership.agreements import change_consents
from membership.agreements.change_consents import Proof
from membership.changes import change_letters, change_quotes, change_rows, change_waiting
from membership.models import MemberHome, Membership
from membership.mrr import mrr
from membership.people import members
from membership.plans.membership_rows import live_for, locked
from membership.rules import changes as rules
from membership.rules.change_quotes import RenewalQuote
from membership.rules.membership_status import require


@dataclass(frozen=True, slots=True)
class Preview:
    """What moving means: where from, and what the next renewal charges at the new studio.

    `text` is what the member agrees to where that costs more than was agreed; none elsewhere.
    """

    old_name: str
    new_name: str
    from_on: date
    renewal: RenewalQuote | None
    currency: str
    text: str | None


def preview(member_id: UUID, *, to_location_id: UUID, from_on: date, now: datetime) -> Preview:
    """What moving on this date would mean; writes nothing. Raises Refused with the reason."""
    plan = live_for(member_id)
    _require_move(member_id, plan, to_location_id, from_on, now)
    here = places.get(to_location_id)
    renewal, text = _billing_of(plan, to_location_id)
    return Preview(
        old_name=places.get(members.home_at(member_id, from_on)).name,
        new_name=here.name,
        from_on=from_on,
        renewal=renewal,
        currency=here.currency,
        text=text,
    )


def move(
    member_id: UUID, *, to_location_id: UUID, from_on: date, proof: Proof, now: datetime
) -> None:
    """The member moves home; a plan that costs more there needs the agreement in `proof`.

    Raises Refused with the reason: "same_home", "moved_already", "not_sold_here" and others.
    """
    plan = _held(member_id)
    _require_move(member_id, plan, to_location_id, from_on, now)
    renewal, text = _billing_of(plan, to_location_id)
    consent_id = None
    if plan is not None and renewal is not None and text is not None:
        terms = change_quotes.moved_terms(plan, to_location_id)
        consent_id = change_consents.give(
            plan,
            plan_version_id=terms.plan_version_id,
            location_id=to_location_id,
            charge=renewal.charge,
            text=text,
            proof=proof,
            now=now,
        ).id
    _move(member_id, plan, to_location_id, from_on, consent_id, by=proof.by, now=now)


def move_for_member(
    member_id: UUID, *, to_location_id: UUID, from_on: date, by: Actor, now: datetime
) -> None:
    """The desk moves a member's home; Refused("needs_agreement") where the plan costs more."""
    plan = _held(member_id)
    _require_move(member_id, plan, to_location_id, from_on, now)
    _, text = _billing_of(plan, to_location_id)
    if text is not None:
        raise rules.refuse("needs_agreement")
    _move(member_id, plan, to_location_id, from_on, None, by=by, now=now)


def _held(member_id: UUID) -> Membership | None:
    plan = live_for(member_id)
    return locked(plan.id) if plan else None


def _require_move(
    member_id: UUID, plan: Membership | None, to_id: UUID, from_on: date, now: datetime
) -> None:
    here = places.get(to_id)
    if here.closed_on is not None and here.closed_on <= from_on:
        raise Refused("not_open", "This studio is not open then.")
    if from_on < places.business_date(here, now):
        raise Refused("too_late", "Please choose today or a later day.")
    newest = db.session.scalars(
        sa.select(sa.func.max(MemberHome.effective_from)).where(MemberHome.member_id == member_id)
    ).one()
    if members.home_at(member_id, from_on) == to_id:
        raise Refused("same_home", "This is the home studio already.")
    if newest is not None and newest >= from_on:
        raise Refused("moved_already", "The home has moved already from that day on.")
    if plan is None:
        return
    require(plan.status, "home_moves")
    if from_on > plan.next_due_on:
        raise Refused(
            "too_far_ahead", "Please choose a day up to the next renewal; later ones come later."
        )
    waiting = change_rows.live_of(plan.id)
    if waiting is not None and waiting.state == "waiting":
        raise rules.refuse("payment_pending")


def _billing_of(plan: Membership | None, to_id: UUID) -> tuple[RenewalQuote | None, str | None]:
    """The renewal's charge at the new studio, and the words where it is more than was agreed."""
    if plan is None or plan.ends_on is not None:
        return None, None
    renewal = change_quotes.quote_move(plan, to_id)
    covered = change_quotes.is_covered(plan, renewal)
    return renewal, None if covered else change_quotes.move_text(plan, to_id)


def _move(
    member_id: UUID,
    plan: Membership | None,
    to_id: UUID,
    from_on: date,
    consent_id: UUID | None,
    *,
    by: Actor,
    now: datetime,
) -> None:
    db.session.add(MemberHome(member_id=member_id, effective_from=from_on, location_id=to_id))
    db.session.flush()
    audit.record(
        actor=by,
        action="member.moved_home",
        subject_type="member",
        subject_id=member_id,
        location_id=to_id,
        facts={"from_on": from_on},
        now=now,
    )
    if plan is None:
        return
    if change_quotes.billed_at(plan) != to_id:
        _bill_at(plan, to_id, consent_id, by=by, now=now)
    if from_on <= places.business_date(places.get(to_id), now):
        mrr.restate(plan, cause="moved", on=from_on, now=now)


def _bill_at(
    plan: Membership, to_id: UUID, consent_id: UUID | None, *, by: Actor, now: datetime
) -> None:
    """From the next renewal on; back where it is billed now, a move that waited is forgotten."""
    pending = change_rows.pending_of(plan.id)
    if pending is not None and pending.kind == "move" and to_id == plan.location_id:
        change_rows.close(pending, "undone", by=by, now=now)
        change_consents.end(pending.consent_id, "withdrawn", by=by, now=now)
        return
    moved = change_waiting.move(plan, to_id, consent_id=consent_id, by=by, now=now)
    change_letters.told(plan, moved, now=now)
