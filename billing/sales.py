"""Sales that wait for their payment: draft invoice, intent row and an attempt in `action`.

Everything here runs inside a caller's transaction and calls nobody. What is quoted is what is
billed: both come from the same rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from billing import invoices
from billing.models import Invoice, PaymentAttempt, PaymentIntent
from billing.rules import invoice as rule
from billing.rules.checkout import PAGE_LIVES
from billing.rules.invoice import InvoiceAmounts
from config import clock
from config.db import db
from config.errors import Refused
from config.ids import new_id
from locations import places
from locations.models import Location
from membership import catalog, memberships, packs, periods
from membership.rules.catalog import PackTerms, PlanTerms


@dataclass(frozen=True, slots=True)
class Placed:
    """A sale that waits for its payment; `source_id` is the member pack or the period."""

    invoice_id: UUID
    attempt_id: UUID
    source_id: UUID


def place_pack(
    *, member_id: UUID, pack_version_id: UUID, location_id: UUID, now: datetime
) -> Placed:
    """Draft pack, draft invoice and an attempt that waits for the member."""
    location = places.get(location_id)
    terms = catalog.pack_terms(pack_version_id, location_id)
    pack = packs.open_draft(
        member_id=member_id, pack_version_id=pack_version_id, location_id=location_id, now=now
    )
    invoice = invoices.draft(
        quote_pack(terms, location=location, now=now),
        reason="pack",
        source_id=pack.id,
        member_id=member_id,
        membership_id=None,
        consent_id=None,
        location=location,
        on=places.business_date(location, now),
        now=now,
    )
    return Placed(invoice.id, place_attempt(invoice, now=now), pack.id)


def place_plan(
    *, member_id: UUID, plan_version_id: UUID, location_id: UUID, consent_id: UUID, now: datetime
) -> Placed:
    """Pending membership, draft invoice of its first period and an attempt that waits."""
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
    rates = places.tax_rates(location_id, on=on)
    invoice = invoices.draft(
        rule.for_due(due, rates, currency=location.currency),
        reason="first_period",
        source_id=due.period_id,
        member_id=member_id,
        membership_id=membership.id,
        consent_id=consent_id,
        location=location,
        on=on,
        now=now,
    )
    return Placed(invoice.id, place_attempt(invoice, now=now), due.period_id)


def quote_pack(terms: PackTerms, *, location: Location, now: datetime) -> InvoiceAmounts:
    """What a pack costs here today, with its tax."""
    return _quote(terms.code, "pack", terms.name, terms.price_cents, location, now)


def quote_plan(terms: PlanTerms, *, location: Location, now: datetime) -> InvoiceAmounts:
    """What a whole period of a plan costs here today, with its tax."""
    return _quote(terms.code, "plan", terms.name, terms.price_cents, location, now)


def place_attempt(invoice: Invoice, *, now: datetime) -> UUID:
    """Attempt n+1 in `action`, with an intent row; unique indexes allow one of each at a time.

    An IntegrityError tells that somebody else was a moment earlier.
    """
    location = places.get(invoice.location_id)
    owed_cents = invoice.total_cents - invoice.paid_cents - invoice.credited_cents
    if owed_cents <= 0:
        raise Refused("nothing_to_pay", "There is nothing to pay.")
    attempt = PaymentAttempt(
        id=new_id(),
        invoice_id=invoice.id,
        location_id=invoice.location_id,
        n=1 + _last(PaymentAttempt.n, PaymentAttempt.invoice_id == invoice.id),
        kind="checkout",
        state="action",
        not_before=now,
        # Nobody needs to look before the page has closed by itself.
        lease_until_ms=clock.lease_now_ms() + int(PAGE_LIVES.total_seconds()) * 1000,
        looks=0,
        created_at=now,
        intent_id=_intent_row(invoice, owed_cents, location, now),
    )
    db.session.add(attempt)
    db.session.flush()
    return attempt.id


def _intent_row(invoice: Invoice, owed_cents: int, location: Location, now: datetime) -> UUID:
    """The live row that nothing at Stripe belongs to yet, or a new one behind a closed one."""
    unused = db.session.scalar(
        sa.select(PaymentIntent.id).where(
            PaymentIntent.invoice_id == invoice.id,
            PaymentIntent.state == "live",
            PaymentIntent.stripe_id.is_(None),
            PaymentIntent.session_id.is_(None),
            PaymentIntent.amount_cents == owed_cents,
        )
    )
    if unused is not None:
        return unused
    row = PaymentIntent(
        id=new_id(),
        invoice_id=invoice.id,
        seq=1 + _last(PaymentIntent.seq, PaymentIntent.invoice_id == invoice.id),
        state="live",
        stripe_account=places.stripe_account_of(location),
        amount_cents=owed_cents,
        currency=invoice.currency,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def _last(column: InstrumentedAttribute[int], where: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.max(column)).where(where)) or 0


def _quote(
    product: str, product_class: str, text: str, cents: int, location: Location, now: datetime
) -> InvoiceAmounts:
    rates = places.tax_rates(location.id, on=places.business_date(location, now))
    line = rule.line(
        product=product,
        product_class=product_class,
        description=text,
        net_cents=cents,
        rates=rates,
        liability_account=rule.DEFERRED_SESSIONS,
    )
    return rule.amounts([line])
