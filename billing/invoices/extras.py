"""One-offs as invoices: an overage session, the fee of a hold. Inside a caller's transaction.

They are collected like a renewal, but leave the membership alone: its invoice names none, so
that a fee in dispute never locks anybody out.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from billing.invoices import invoices
from billing.rules import invoice as rule
from billing.rules.invoice import InvoiceAmounts
from billing.tenders import credit_pays
from config.db import db
from config.errors import Refused
from locations import places
from locations.models import Location
from membership.models import Charge
from membership.people import exemptions
from membership.plans import one_offs
from membership.plans.one_offs import Owed

BATCH = 200
_ACCOUNTS = {"overage": "overage", "hold_fee": "fees"}
_CLASSES = {"overage": "plan", "hold_fee": "fee"}


def quote(
    kind: Owed,
    net_cents: int,
    *,
    product: str,
    description: str,
    location: Location,
    on: date,
    member_id: UUID,
) -> InvoiceAmounts:
    """What a one-off of `net_cents` before tax comes to for a member at a location on its date."""
    line = rule.line(
        product=product,
        product_class=_CLASSES[kind],
        description=description,
        net_cents=net_cents,
        rates=exemptions.rates_at(location.id, on=on, member_id=member_id),
        liability_account=_ACCOUNTS[kind],
    )
    return rule.amounts([line])


def issue(charge_id: UUID, *, on: date, now: datetime) -> UUID:
    """Turn a due charge into an open invoice with its postings and attempt 1; the invoice's id.

    Collected after the commit, by `collect.collect_now` or by the next run. Raises Refused
    where it was invoiced or dropped before.
    """
    charge = one_offs.locked(charge_id)
    if charge.state != "due":
        raise Refused("charged_before", "This was charged before.")
    location = places.get(charge.location_id)
    found = amounts_of(charge, location=location, on=on)
    invoice = invoices.open_one(
        found,
        reason="charge",
        source_id=charge.id,
        member_id=charge.member_id,
        consent_id=charge.consent_id,
        location=location,
        on=on,
        now=now,
    )
    charge.state = "invoiced"
    charge.tax_cents = found.tax_cents
    db.session.flush()
    credit_pays.for_one(invoice.id, now=now)
    return invoice.id


def issue_due(location: Location, *, on: date, now: datetime) -> int:
    """Invoice up to BATCH charges that are due here by a local date; returns how many."""
    due = one_offs.due(location.id, on=on, limit=BATCH)
    for charge_id in due:
        issue(charge_id, on=on, now=now)
    return len(due)


def amounts_of(charge: Charge, *, location: Location, on: date) -> InvoiceAmounts:
    """The invoice that a stored charge leads to on a local date."""
    return quote(
        charge.kind,  # type: ignore[arg-type]  # the column's CHECK and its state keep it known
        charge.net_cents,
        product=charge.product,
        description=charge.description,
        location=location,
        on=on,
        member_id=charge.member_id,
    )
