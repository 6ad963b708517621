"""Sales that wait for their payment: draft invoice, intent row and an attempt in `action`.

Everything here runs inside a caller's transaction and calls nobody. What is quoted is what is
billed: both come from `quotes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.invoices import invoices
from billing.models import Invoice
from billing.payments.placing import place_attempt
from billing.rules import invoice as rule
from billing.rules.tenders import Offer
from billing.sales import quotes
from billing.tenders import credit_pays, tenders
from config.audit import SYSTEM, Actor
from config.ids import new_id
from locations import places
from locations.models import Location
from membership.catalogue import catalog
from membership.packs import packs
from membership.people import exemptions
from membership.plans import memberships, periods, promo_periods, promos
from membership.rules import discount
from membership.rules.discount import Code, Discount
from membership.rules.due import Due


@dataclass(frozen=True, slots=True)
class Placed:
    """A sale that waits for its payment; `source_id` is the member pack or the period.

    `waiting` is the attempt that waits for the member, or none where credit has paid it all.
    """

    invoice_id: UUID
    waiting: UUID | None
    source_id: UUID

    @property
    def attempt_id(self) -> UUID:
        """The attempt that waits; only for what is still to be paid."""
        assert self.waiting is not None, "this sale is paid"
        return self.waiting


def place_pack(
    *,
    member_id: UUID,
    pack_version_id: UUID,
    location_id: UUID,
    now: datetime,
    ahead: Sequence[Offer] = (),
    code: Code | None = None,
) -> Placed:
    """Draft pack, draft invoice and an attempt that waits for the member.

    A promotion's `code` makes it cheaper; what is offered `ahead` pays first.
    """
    invoice = draft_pack(
        member_id=member_id,
        pack_version_id=pack_version_id,
        location_id=location_id,
        now=now,
        code=code,
    )
    return Placed(invoice.id, await_payment(invoice, now=now, ahead=ahead), invoice.source_id)


def draft_pack(
    *,
    member_id: UUID,
    pack_version_id: UUID,
    location_id: UUID,
    now: datetime,
    code: Code | None = None,
) -> Invoice:
    """Draft pack and draft invoice: nobody asks for its money yet.

    Refused as `promos.require_taken` and `promos.reserve` are where a `code` is not for them.
    """
    location = places.get(location_id)
    terms = catalog.pack_terms(pack_version_id, location_id)
    amounts = quotes.pack(terms, location=location, now=now, code=code, member_id=member_id)
    pack = packs.open_draft(
        member_id=member_id,
        pack_version_id=pack_version_id,
        location_id=location_id,
        now=now,
        off_cents=terms.price_cents - amounts.net_cents,
    )
    if code is not None:
        promos.reserve(code, member_id=member_id, source_id=pack.id, now=now)
    return invoices.draft(
        amounts,
        reason="pack",
        source_id=pack.id,
        member_id=member_id,
        membership_id=None,
        consent_id=None,
        location=location,
        on=places.business_date(location, now),
        now=now,
    )


def place_plan(
    *,
    member_id: UUID,
    plan_version_id: UUID,
    location_id: UUID,
    consent_id: UUID,
    now: datetime,
    ahead: Sequence[Offer] = (),
    code: Code | None = None,
) -> Placed:
    """Pending membership, draft invoice of its first period and an attempt that waits.

    A promotion's `code`, or one that the consent was given with, makes its first periods
    cheaper; what is offered `ahead` pays first.
    """
    location = places.get(location_id)
    on = places.business_date(location, now)
    membership = memberships.start(
        member_id=member_id,
        plan_version_id=plan_version_id,
        location_id=location_id,
        consent_id=consent_id,
        on=on,
        now=now,
    )
    due = periods.first_due(membership.id, period_id=new_id())
    less = _promotion(due, code, consent_id=consent_id, location=location, now=now)
    due = due._replace(price_cents=due.price_cents - sum(found.amount_cents for found in less))
    rates = exemptions.rates_at(location_id, on=on, member_id=member_id)
    invoice = invoices.draft(
        rule.for_due(due, rates, currency=location.currency)._replace(discounts=less),
        reason="first_period",
        source_id=due.period_id,
        member_id=member_id,
        membership_id=membership.id,
        consent_id=consent_id,
        location=location,
        on=on,
        now=now,
    )
    return Placed(invoice.id, await_payment(invoice, now=now, ahead=ahead), due.period_id)


def await_payment(
    invoice: Invoice, *, now: datetime, ahead: Sequence[Offer] = (), by: Actor = SYSTEM
) -> UUID | None:
    """Let account credit pay what it can, and what is offered `ahead` (a gift card) of the rest;
    then wait for the member. None where nothing is left to wait for.
    """
    if invoice.total_cents:
        left_cents = credit_pays.for_one(invoice.id, now=now)
        if left_cents and ahead:
            left_cents = tenders.take(invoice.id, ahead, by=by, now=now)[-1].left_cents
        if not left_cents:
            return None
    return place_attempt(invoice, now=now)


def _promotion(
    due: Due, code: Code | None, *, consent_id: UUID, location: Location, now: datetime
) -> tuple[Discount, ...]:
    """What comes off a first period: by a code, of which a use is kept, or by one that went with
    the consent.
    """
    if code is None:
        promised = promo_periods.promised(consent_id)
        return () if promised is None else (discount.first_line(promised, due.price_cents),)
    terms = catalog.plan_terms(due.plan_version_id, location.id)
    less = quotes.discounts(code, "plans", terms, location=location, now=now)
    promos.reserve(
        code,
        member_id=due.member_id,
        source_id=due.period_id,
        now=now,
        membership_id=due.membership_id,
        periods_left=code.periods - 1,
    )
    return less
