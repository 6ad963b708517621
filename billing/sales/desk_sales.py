"""Selling at the desk: paid on the member's own phone, or with the card they let us keep. An edge.

The saved card is charged only where a consent says this very thing at this very price, with the
member standing there; whoever presses the button is written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from billing.models import Invoice, StripeCustomer
from billing.payments import collect, placing
from billing.rules.tenders import Offer
from billing.sales import checkout, sales
from config import audit, clock
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Refused
from locations import places
from locations.models import Location
from membership.agreements import extra_words
from membership.catalogue import catalog
from membership.models import MemberPack
from membership.people import members
from membership.plans import membership_rows
from membership.rules.catalog import PackTerms
from membership.rules.discount import Code

Came = Literal["paid", "waiting", "declined"]
NOT_COVERED = "No agreement covers this charge: let the member pay on their own phone."
SEEN_BEFORE = "Something was sold to this member meanwhile: please look at their card first."


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale, and what came of the card: declined, a pack was not sold; a session is owed."""

    invoice_id: UUID
    came: Came


def pack_by_phone(
    member_id: UUID,
    *,
    pack_version_id: UUID,
    place: Location,
    by: Actor,
    ahead: Sequence[Offer] = (),
    code: Code | None = None,
) -> UUID:
    """A pack that waits for its payment; returns its invoice. Refused where it is not for them.

    A promotion's `code` makes it cheaper. What is offered `ahead`, a gift card, pays first; the
    phone pays the rest.
    """
    checkout.close_tills(member_id, gateway=collect.collecting().gateway, now=clock.now())

    def work() -> UUID:
        now = clock.now()
        invoice = sales.draft_pack(
            member_id=member_id,
            pack_version_id=pack_version_id,
            location_id=place.id,
            now=now,
            code=code,
        )
        sales.await_payment(invoice, now=now, ahead=ahead, by=by)
        record(invoice.id, "phone", by=by)
        return invoice.id

    return run_txn(work)


def pack_by_card(
    member_id: UUID, *, pack_version_id: UUID, place: Location, packs_seen: int, by: Actor
) -> Sold:
    """A pack paid with the saved card; where that is declined nothing was sold.

    `packs_seen` is how many packs the page knew of: pressed twice, or in two tabs, it sells
    once. Refused("not_covered") where no consent says so.
    """
    checkout.close_tills(member_id, gateway=collect.collecting().gateway, now=clock.now())

    def work() -> tuple[UUID, UUID | None]:
        now = clock.now()
        members.lock(member_id)
        if packs_of(member_id) != packs_seen:
            raise Refused("sold_meanwhile", SEEN_BEFORE)
        terms = catalog.pack_terms(pack_version_id, place.id)
        consent_id = pack_consent(member_id, terms, place=place)
        if consent_id is None:
            raise Refused("not_covered", NOT_COVERED)
        placed = sales.place_pack(
            member_id=member_id,
            pack_version_id=pack_version_id,
            location_id=place.id,
            now=now,
        )
        invoice = db.session.get_one(Invoice, placed.invoice_id)
        invoice.consent_id = consent_id
        attempt_id = placing.by_card(invoice) if placed.waiting else None
        record(invoice.id, "card", by=by)
        return invoice.id, attempt_id

    invoice_id, attempt_id = run_txn(work)
    if attempt_id is None:
        return Sold(invoice_id, "paid")
    settled = collect.charge_one(attempt_id)
    return Sold(invoice_id, came(settled.state if settled else None))


def pack_consent(member_id: UUID, terms: PackTerms, *, place: Location) -> UUID | None:
    """The consent under which a pack may be charged to the saved card here and today, if any."""
    held = membership_rows.live_for(member_id)
    if held is None or card_at(member_id, place) is None:
        return None
    on = places.business_date(place, clock.now())
    return extra_words.covers_pack(held.consent_id, terms, place=place, on=on, member_id=member_id)


def card_at(member_id: UUID, place: Location) -> StripeCustomer | None:
    """The card on file with the studio's own account at Stripe."""
    return db.session.scalars(
        sa.select(StripeCustomer).where(
            StripeCustomer.member_id == member_id,
            StripeCustomer.stripe_account == places.stripe_account_of(place),
            StripeCustomer.payment_method_id.is_not(None),
        )
    ).first()


def packs_of(member_id: UUID) -> int:
    """How many packs were ever placed for a member, in whatever state."""
    query = sa.select(sa.func.count(MemberPack.id)).where(MemberPack.member_id == member_id)
    return db.session.scalar(query) or 0


def state_of(invoice_id: UUID) -> str:
    """The invoice's state as it is now."""
    return db.session.get_one(Invoice, invoice_id, populate_existing=True).state


def came(state: str | None) -> Came:
    """What came of a card, by the state of its attempt or of its invoice."""
    if state in ("succeeded", "paid"):
        return "paid"
    return "declined" if state == "failed" else "waiting"


def record(invoice_id: UUID, way: str, *, by: Actor) -> None:
    """Write down who sold what, and how it is paid."""
    invoice = db.session.get_one(Invoice, invoice_id)
    audit.record(
        actor=by,
        action="desk.sold",
        subject_type="invoice",
        subject_id=invoice.id,
        location_id=invoice.location_id,
        facts={
            "member_id": invoice.member_id,
            "way": way,
            "reason": invoice.reason,
            "total_cents": invoice.total_cents,
        },
        now=clock.now(),
    )
