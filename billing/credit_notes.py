"""Takes back what is no longer owed of an open invoice: net and its share of the tax charged."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.models import CreditNote, Invoice, InvoiceLine
from billing.rules.credit import Credited, share
from config.db import db
from config.ids import new_id
from locations import ledger
from locations.rules import ledger as books
from membership.endings import Unused


def open_invoice_of(membership_id: UUID) -> Invoice | None:
    """The recurring invoice that a membership owes, locked; there is at most one."""
    query = (
        sa.select(Invoice)
        .where(Invoice.membership_id == membership_id, Invoice.state == "open")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).first()


def preview(membership_id: UUID, unused: Unused) -> int:
    """What `credit_unused` would take off the open invoice, tax included, in minor units."""
    invoice = db.session.scalars(
        sa.select(Invoice).where(Invoice.membership_id == membership_id, Invoice.state == "open")
    ).first()
    return _share(invoice, unused).total_cents if invoice else 0


def credit_unused(
    invoice: Invoice, unused: Unused, *, reason: str, on: date, now: datetime
) -> Credited:
    """Credit exactly what is still deferred of the invoice's period, in the same commit.

    Nothing used leaves nothing owed: the invoice is void. What was used stays owed.
    """
    line = db.session.scalars(
        sa.select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id)
    ).one()
    credited = _share(invoice, unused)
    note = CreditNote(
        id=new_id(),
        invoice_id=invoice.id,
        reason=reason,
        net_cents=credited.net_cents,
        tax_cents=credited.tax_cents,
        total_cents=credited.total_cents,
        issued_on=on,
        created_at=now,
    )
    db.session.add(note)
    invoice.credited_cents += credited.total_cents
    if invoice.credited_cents == invoice.total_cents:
        invoice.state = "void"
        invoice.closed_on = on
    db.session.flush()
    entry = books.credit_note(
        credit_note_id=note.id,
        on=on,
        currency=invoice.currency,
        location_id=invoice.location_id,
        liability_account=line.liability_account,
        net_cents=credited.net_cents,
        tax_name=line.tax_name,
        tax_cents=credited.tax_cents,
        invoice_id=invoice.id,
        product=line.product,
    )
    ledger.post([entry], now=now)
    return credited


def write_off(invoice: Invoice, *, on: date, now: datetime) -> None:
    """Give up what was used and never paid."""
    owed = invoice.total_cents - invoice.paid_cents - invoice.credited_cents
    invoice.state = "uncollectible"
    invoice.closed_on = on
    db.session.flush()
    entry = books.written_off(
        invoice_id=invoice.id,
        on=on,
        currency=invoice.currency,
        location_id=invoice.location_id,
        amount_cents=owed,
    )
    ledger.post([entry], now=now)


def _share(invoice: Invoice, unused: Unused) -> Credited:
    return share(
        unused_cents=unused.net_cents, net_cents=invoice.net_cents, tax_cents=invoice.tax_cents
    )
