"""Agreement to another plan: the exact words, given with the change and ended with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config import audit
from config.audit import Actor
from config.db import db
from config.ids import new_id
from membership.models import Consent, Membership, PlanChange
from membership.rules import changes as rules
from membership.rules.change_quotes import Part
from membership.rules.change_words import VERSION


@dataclass(frozen=True, slots=True)
class Proof:
    """Who read the words, and from which browser: `seen` is the text as it was shown."""

    by: Actor
    seen: str
    address: str
    agent: str


def give(
    membership: Membership,
    *,
    plan_version_id: UUID,
    location_id: UUID,
    charge: Part,
    text: str,
    proof: Proof,
    now: datetime,
) -> Consent:
    """Keep the member's agreement to what a renewal charges from the change on.

    Raises Refused("terms_changed") where the words or the amounts are no longer those seen.
    """
    if proof.seen != text:
        raise rules.refuse("terms_changed")
    consent = Consent(
        id=new_id(),
        member_id=membership.member_id,
        kind="change",
        state="given",
        location_id=location_id,
        plan_version_id=plan_version_id,
        price_cents=charge.net_cents,
        tax_cents=charge.tax_cents,
        currency=membership.currency,
        text=text,
        text_version=VERSION,
        given_at=now,
        by_account_id=proof.by.id,
        address=proof.address[:45],
        agent=proof.agent[:200],
    )
    db.session.add(consent)
    db.session.flush()
    _record(consent, by=proof.by, now=now)
    return consent


def end(consent_id: UUID | None, state: str, *, by: Actor, now: datetime) -> None:
    """The change it was given with is over: "used", "withdrawn" or "lapsed". A repeat is quiet."""
    consent = db.session.get(Consent, consent_id) if consent_id else None
    if consent is None or consent.kind != "change" or consent.state != "given":
        return
    consent.state = state
    consent.ended_at = now
    db.session.flush()
    _record(consent, by=by, now=now)


def stands(change: PlanChange) -> bool:
    """Whether a change may come into effect: an agreement that was taken back takes it along."""
    if change.consent_id is None:
        return True
    return db.session.get_one(Consent, change.consent_id).state in ("given", "used")


def _record(consent: Consent, *, by: Actor, now: datetime) -> None:
    audit.record(
        actor=by,
        action=f"consent.{consent.state}",
        subject_type="consent",
        subject_id=consent.id,
        location_id=consent.location_id,
        facts={"text_version": consent.text_version, "plan_version_id": consent.plan_version_id},
        now=now,
    )
