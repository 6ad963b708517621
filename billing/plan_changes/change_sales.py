"""A change of plan today as a sale: a draft until it is paid, in effect with its payment."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.invoices import invoices
from billing.models import Invoice, InvoiceDiscount, InvoiceLine
from billing.plan_changes import change_credit
from billing.rules.change import Side, for_change
from billing.rules.invoice import InvoiceAmounts
from billing.sales import sales
from billing.sales.sales import Placed
from config.db import db
from config.errors import Refused
from locations import places
from membership.agreements.change_consents import Proof
from membership.changes import change_now
from membership.changes.change_quotes import Quote
from membership.models import Membership
from membership.people import exemptions
from membership.plans import membership_rows
from membership.rules import changes as rules
from membership.rules.answers import Refuses
from membership.rules.change_quotes import NowQuote
from membership.rules.membership_status import REFUSALS, answer

AT_RENEWAL = (
    "This period was billed with a promotion or without tax: the plan can change at its renewal."
)


def amounts_of(quote: Quote, now: NowQuote) -> InvoiceAmounts:
    """The invoice that a change today leads to, as its page shows it before the button."""
    return for_change(
        now,
        held=Side(quote.held_code, quote.held_name, quote.held_allowance),
        to=Side(quote.to.code, quote.to.name, quote.to.allowance),
    )


def why_not_now(plan: Membership, quote: Quote, *, on: date) -> str | None:
    """The sentence why a change may not begin today; none where it may."""
    found = answer(plan.status, "change_now")
    if isinstance(found, Refuses):
        return REFUSALS[found.code]
    if _owes(plan.id):
        return rules.REFUSALS["payment_pending"]
    if not at_list_price(plan, on=on):
        return AT_RENEWAL
    return None if quote.now else rules.REFUSALS["only_at_renewal"]


def place(
    membership_id: UUID, *, to_version_id: UUID, proof: Proof, now: datetime
) -> Placed | None:
    """Draft invoice of a change and an attempt that waits for the member; None where nothing is
    to be paid and the change holds already. In the caller's transaction.
    """
    location = places.get(membership_rows.locked(membership_id).location_id)
    on = places.business_date(location, now)
    if _owes(membership_id):
        raise rules.refuse("payment_pending")
    if not at_list_price(membership_rows.locked(membership_id), on=on):
        raise Refused("at_renewal", AT_RENEWAL)
    asked = change_now.ask(membership_id, to_version_id=to_version_id, proof=proof, on=on, now=now)
    computed = amounts_of(asked.quote, asked.now)
    invoice = invoices.draft(
        computed,
        reason="change",
        source_id=asked.change.id,
        member_id=asked.member_id,
        membership_id=membership_id,
        consent_id=asked.change.consent_id,
        location=location,
        on=on,
        now=now,
    )
    if computed.total_cents > 0:
        waiting = sales.await_payment(invoice, now=now)
        return Placed(invoice.id, waiting, asked.change.id) if waiting else None
    columns = invoices.finalise(invoice.id, lines=computed.lines, location=location, on=on, now=now)
    for column, value in {**columns, "state": "paid", "closed_on": on}.items():
        setattr(invoice, column, value)
    db.session.flush()
    change_credit.take_effect(asked.change.id, on=on, now=now)
    return None


def at_list_price(plan: Membership, *, on: date) -> bool:
    """Whether the running period was billed at its price and tax, as what a change counts with.

    Not where a code made it cheaper, nor where it was not taxed, or would not be now.
    """
    period = (
        sa.select(Invoice.id)
        .where(Invoice.membership_id == plan.id, Invoice.reason.in_(("first_period", "renewal")))
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    cheaper = sa.select(InvoiceDiscount.line_n).where(InvoiceDiscount.invoice_id == period)
    untaxed = sa.select(InvoiceLine.n).where(
        InvoiceLine.invoice_id == period, InvoiceLine.tax_name.startswith(exemptions.PREFIX)
    )
    if db.session.scalar(cheaper.limit(1)) or db.session.scalar(untaxed.limit(1)):
        return False
    return plan.member_id not in exemptions.certificates(plan.location_id, on=on)


def _owes(membership_id: UUID) -> bool:
    """Whether a period of this plan is billed and not paid yet."""
    query = sa.select(Invoice.id).where(
        Invoice.membership_id == membership_id, Invoice.state == "open"
    )
    return db.session.scalar(query.limit(1)) is not None
