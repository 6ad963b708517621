"""Consents: agreement to an exact text and amount, given once and ended once, never edited."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import NotFound, Refused
from config.ids import new_id
from locations import places
from membership.agreements.consent_words import worded
from membership.models import Consent, MemberPack
from membership.notices import notices
from membership.people import members
from membership.plans import promos
from membership.rules import changes as rules
from membership.rules.consents import Intro


def give(
    *,
    member_id: UUID,
    plan_version_id: UUID,
    location_id: UUID,
    tax_cents: int,
    text: str,
    text_version: str,
    member_pack_id: UUID | None,
    now: datetime,
    by_account_id: UUID | None,
    address: str,
    agent: str,
    intro: Intro | None = None,
) -> Consent:
    """Keep the member's agreement to exactly the text that was on the page.

    `address` and `agent` are the browser's. Raises Refused("terms_changed") where the words,
    the price or the tax are no longer those.
    """
    current = worded(
        plan_version_id=plan_version_id,
        location_id=location_id,
        pack_version_id=_own_pack_version(member_id, member_pack_id),
        tax_cents=tax_cents,
        on=places.business_date(places.get(location_id), now),
        member_id=member_id,
        intro=intro,
    )
    if (text, text_version) != (current.text, current.version):
        raise Refused("terms_changed", "These terms have changed: please read them once more.")
    consent = Consent(
        id=new_id(),
        member_id=member_id,
        kind="plan",
        state="given",
        location_id=location_id,
        plan_version_id=plan_version_id,
        member_pack_id=member_pack_id,
        price_cents=current.price_cents,
        tax_cents=tax_cents,
        currency=current.currency,
        text=text,
        text_version=text_version,
        given_at=now,
        by_account_id=by_account_id,
        address=address[:45],
        agent=agent[:200],
    )
    db.session.add(consent)
    db.session.flush()
    _record(consent, by=Actor(by_account_id, "member"), now=now)
    return consent


def withdraw(consent_id: UUID, *, member_id: UUID, by: Actor, now: datetime) -> None:
    """Take an agreement back, as long as no charge was issued on it; a repeat is quiet.

    Raises Refused("consent_used") once it was: then the plan is cancelled instead.
    """
    consent = _locked(consent_id)
    if not members.is_record_of(consent.member_id, member_id):
        raise NotFound("consent")
    if consent.kind == "change":
        raise rules.refuse("undo_on_plan_page")
    if consent.state == "used":
        raise Refused("consent_used", "This plan has started: you can cancel it instead.")
    _end(consent, "withdrawn", by=by, now=now)


def mark_used(consent_id: UUID, *, now: datetime) -> None:
    """The plan it is about was started or charged: it is the mandate now; a repeat is quiet."""
    _end(_locked(consent_id), "used", by=audit.SYSTEM, now=now)


def lapse(consent_id: UUID, *, now: datetime) -> None:
    """What it was given for can no longer happen."""
    _end(_locked(consent_id), "lapsed", by=audit.SYSTEM, now=now)


def lapse_for_pack(member_pack_id: UUID, *, now: datetime) -> None:
    """A pack that can no longer convert takes its consent with it."""
    consent = for_pack(member_pack_id)
    if consent is not None:
        lapse(consent.id, now=now)


def for_pack(member_pack_id: UUID) -> Consent | None:
    """The consent given with a pack, in whatever state."""
    return db.session.scalars(
        sa.select(Consent).where(Consent.member_pack_id == member_pack_id)
    ).first()


def of_member(member_id: UUID) -> list[Consent]:
    """Everything a member ever agreed to, newest first."""
    query = sa.select(Consent).where(Consent.member_id.in_(members.records_of(member_id)))
    return list(db.session.scalars(query.order_by(Consent.id.desc())))


def _own_pack_version(member_id: UUID, member_pack_id: UUID | None) -> UUID | None:
    if member_pack_id is None:
        return None
    pack = db.session.get(MemberPack, member_pack_id)
    if pack is None or pack.member_id != member_id:
        raise NotFound("pack")
    return pack.pack_version_id


def _locked(consent_id: UUID) -> Consent:
    query = sa.select(Consent).where(Consent.id == consent_id).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound("consent")
    return found


def _end(consent: Consent, state: str, *, by: Actor, now: datetime) -> None:
    """Given is the only state that ends; what has ended stays as it is."""
    if consent.state != "given":
        return
    consent.state = state
    consent.ended_at = now
    if state != "used":
        promos.release(consent.id)
    if consent.member_pack_id is not None:  # a letter about it that has not left would be untrue
        notices.drop_for(consent.member_pack_id, "conversion")
    db.session.flush()
    _record(consent, by=by, now=now)


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
