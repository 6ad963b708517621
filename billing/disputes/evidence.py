"""What speaks for a disputed payment: agreement, bill, letters, visits, endings, refunds.

Gathered anew whenever somebody asks. Nothing of a member's health is in it: no scores, no waiver,
no hold, no ground of an exit, no free text of anybody's; of a visit its date and studio alone.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.disputes import evidence_money
from billing.models import Dispute, Invoice, Payment
from billing.rules.evidence import (
    ENDINGS,
    LETTERS,
    Agreed,
    Ended,
    Evidence,
    Visited,
    Written,
)
from config.db import db
from config.errors import NotFound
from config.models import AuditEntry
from locations import places
from locations.models import Location
from membership.models import (
    Consent,
    Member,
    MemberPack,
    Membership,
    Notice,
    Plan,
    PlanVersion,
    SignedDocument,
    Visit,
)
from membership.people import members


def gather(dispute_id: UUID) -> Evidence:
    """All that is known, as it stands now. Raises NotFound."""
    row = db.session.get(Dispute, dispute_id, populate_existing=True)
    if row is None:
        raise NotFound
    invoice = db.session.get_one(Invoice, row.invoice_id)
    payment = db.session.get_one(Payment, row.payment_id)
    member = db.session.get_one(Member, row.member_id)
    place = places.get(row.location_id)
    records = members.records_of(member.merged_into_id or member.id)
    return Evidence(
        dispute_id=row.id,
        stripe_id=row.stripe_id,
        reason=row.reason,
        state=row.state,
        opened_at=row.opened_at,
        due_at=row.evidence_due_at,
        amount_cents=row.amount_cents,
        currency=row.currency,
        place_name=place.name,
        zone=place.zone,
        member_name=member.name,
        member_email=member.email,
        invoice_id=invoice.id,
        invoice_number=invoice.number or "",
        issued_on=invoice.issued_on,
        charge_id=payment.charge_id or "",
        paid_on=payment.received_on,
        paid_cents=payment.amount_cents,
        agreed=[*_consents(records), *_contracts(records)],
        lines=evidence_money.lines(invoice.id),
        letters=_letters(records),
        visits=_visits(records),
        endings=_endings(records, member.account_id),
        given_back=evidence_money.given_back(invoice.id),
    )


def _consents(records: sa.Select[UUID]) -> list[Agreed]:
    query = (
        sa.select(Consent, Plan.name, Location.name)
        .join(PlanVersion, PlanVersion.id == Consent.plan_version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Location, Location.id == Consent.location_id)
        .where(Consent.member_id.in_(records))
        .order_by(Consent.given_at, Consent.id)
    )
    return [
        Agreed(
            what=f"{name} ({consent.state})",
            version=consent.text_version,
            text=consent.text,
            price_cents=consent.price_cents,
            at=consent.given_at,
            place_name=place,
            address=consent.address,
            agent=consent.agent,
        )
        for consent, name, place in db.session.execute(query)
    ]


def _contracts(records: sa.Select[UUID]) -> list[Agreed]:
    """Contracts alone: a waiver is about health."""
    query = (
        sa.select(SignedDocument, Location.name)
        .join(Location, Location.id == SignedDocument.location_id)
        .where(SignedDocument.member_id.in_(records), SignedDocument.kind == "contract")
        .order_by(SignedDocument.signed_at, SignedDocument.id)
    )
    return [
        Agreed(
            what=f"Contract, signed by {paper.signed_name}",
            version=paper.version,
            text=paper.text,
            price_cents=None,
            at=paper.signed_at,
            place_name=place,
            address=paper.address,
            agent=paper.agent,
        )
        for paper, place in db.session.execute(query)
    ]


def _letters(records: sa.Select[UUID]) -> list[Written]:
    query = (
        sa.select(Notice.kind, Notice.about_on, Notice.sent_at, Notice.delivered_at)
        .where(
            Notice.member_id.in_(records),
            Notice.kind.in_(LETTERS),
            Notice.state.in_(("sent", "delivered", "failed")),
        )
        .order_by(Notice.leaves_at, Notice.id)
    )
    return [
        Written(LETTERS[kind], about_on, sent_at, delivered_at)
        for kind, about_on, sent_at, delivered_at in db.session.execute(query)
    ]


def _visits(records: sa.Select[UUID]) -> list[Visited]:
    query = (
        sa.select(Visit.business_date, Location.name)
        .join(Location, Location.id == Visit.location_id)
        .where(Visit.member_id.in_(records), Visit.undone_at.is_(None))
        .order_by(Visit.business_date, Visit.id)
    )
    return [Visited(on, place) for on, place in db.session.execute(query)]


def _endings(records: sa.Select[UUID], account_id: UUID | None) -> list[Ended]:
    held: list[Any] = []
    for model in (Membership, MemberPack, Consent):
        held += db.session.scalars(sa.select(model.id).where(model.member_id.in_(records)))
    query = (
        sa.select(AuditEntry.action, AuditEntry.at, AuditEntry.actor_id)
        .where(AuditEntry.subject_id.in_(held), AuditEntry.action.in_(ENDINGS))
        .order_by(AuditEntry.at, AuditEntry.id)
    )
    return [
        Ended(ENDINGS[action], at, "member" if by is not None and by == account_id else "studio")
        for action, at, by in db.session.execute(query)
    ]
