"""What became of a sale that began on the card page: paid, waiting or failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from billing.models import Invoice, PaymentAttempt
from config.db import db
from config.errors import NotFound
from locations import places
from locations.models import Location
from membership.catalogue import catalog
from membership.models import MemberPack, Membership
from membership.people import members
from membership.rules.catalog import PackTerms, PlanTerms


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale as its buyer sees it; `choice` is how joining names what was bought."""

    state: Literal["paid", "waiting", "failed"]
    place: Location
    terms: PackTerms | PlanTerms
    choice: str


def of(invoice_id: UUID, *, member_id: UUID) -> Sale:
    """The sale behind an invoice of this member; NotFound for anybody else's."""
    invoice = db.session.scalars(
        sa.select(Invoice).where(
            Invoice.id == invoice_id, Invoice.member_id.in_(members.records_of(member_id))
        )
    ).first()
    if invoice is None or invoice.reason not in ("pack", "first_period"):
        raise NotFound("payment")
    terms = _terms(invoice)
    is_pack = isinstance(terms, PackTerms)
    version_id = terms.pack_version_id if is_pack else terms.plan_version_id
    return Sale(
        state=_state(invoice),
        place=places.get(invoice.location_id),
        terms=terms,
        choice=f"{'pack' if is_pack else 'plan'}:{version_id}",
    )


def _state(invoice: Invoice) -> Literal["paid", "waiting", "failed"]:
    if invoice.state == "paid":
        return "paid"
    in_flight = sa.select(PaymentAttempt.id).where(
        PaymentAttempt.invoice_id == invoice.id,
        PaymentAttempt.state.in_(("ready", "sending", "action")),
    )
    return "waiting" if db.session.scalar(in_flight.limit(1)) else "failed"


def _terms(invoice: Invoice) -> PackTerms | PlanTerms:
    if invoice.reason == "pack":
        pack = db.session.get_one(MemberPack, invoice.source_id)
        return catalog.pack_terms(pack.pack_version_id, invoice.location_id)
    membership = db.session.get_one(Membership, invoice.membership_id)
    return catalog.plan_terms(membership.plan_version_id, invoice.location_id)
