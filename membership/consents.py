"""Consents: agreement to an exact text and amount, given once and ended once, never edited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import NotFound, Refused
from config.formats import money
from config.ids import new_id
from config.money import tax_cents as tax_on
from locations import places
from membership import catalog
from membership.models import Consent, MemberPack, PackVersion
from membership.rules.catalog import PlanTerms
from membership.rules.consents import VERSION, Terms
from membership.rules.consents import wording as words_of


@dataclass(frozen=True, slots=True)
class Wording:
    """The text to agree to, beside its box; amounts in minor units of `currency`."""

    plan_version_id: UUID
    plan_name: str
    text: str
    version: str
    price_cents: int
    tax_cents: int
    currency: str

    @property
    def total_cents(self) -> int:
        return self.price_cents + self.tax_cents


def wording(
    *, plan_version_id: UUID, location_id: UUID, pack_version_id: UUID | None, on: date
) -> Wording:
    """What a member is asked to agree to today, with tax at today's rate.

    With a starter the plan begins after its window, without one at once.
    """
    terms = catalog.plan_terms(plan_version_id, location_id)
    rate = places.tax_rates(location_id, on=on).get("plan")
    tax_cents = tax_on(terms.price_cents, rate_ppm=rate.rate_ppm) if rate else 0
    after_days = _window_days(pack_version_id) if pack_version_id else None
    return _worded(terms, location_id, tax_cents=tax_cents, after_days=after_days)


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
) -> Consent:
    """Keep the member's agreement to exactly the text that was on the page.

    `address` and `agent` are the browser's. Raises Refused("terms_changed") where the words,
    the price or the tax are no longer those.
    """
    after_days = None
    if member_pack_id is not None:
        pack = db.session.get(MemberPack, member_pack_id)
        if pack is None or pack.member_id != member_id:
            raise NotFound("pack")
        after_days = _window_days(pack.pack_version_id)
    terms = catalog.plan_terms(plan_version_id, location_id)
    current = _worded(terms, location_id, tax_cents=tax_cents, after_days=after_days)
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
    if consent.member_id != member_id:
        raise NotFound("consent")
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
    query = sa.select(Consent).where(Consent.member_id == member_id)
    return list(db.session.scalars(query.order_by(Consent.id.desc())))


def _worded(
    terms: PlanTerms, location_id: UUID, *, tax_cents: int, after_days: int | None
) -> Wording:
    total_cents = terms.price_cents + tax_cents
    text = words_of(
        Terms(
            plan_name=terms.name,
            place_name=places.get(location_id).name,
            sessions=terms.allowance,
            interval_count=terms.interval.count,
            interval_unit=terms.interval.unit,
            price=money(terms.price_cents, terms.currency),
            tax=money(tax_cents, terms.currency),
            total=money(total_cents, terms.currency),
            after_days=after_days,
        )
    )
    return Wording(
        plan_version_id=terms.plan_version_id,
        plan_name=terms.name,
        text=text,
        version=VERSION,
        price_cents=terms.price_cents,
        tax_cents=tax_cents,
        currency=terms.currency,
    )


def _window_days(pack_version_id: UUID) -> int:
    version = db.session.get(PackVersion, pack_version_id)
    if version is None:
        raise NotFound("pack")
    return version.window_days


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
