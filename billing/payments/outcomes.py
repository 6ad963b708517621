"""What follows when an attempt ends: the books, the member's credits and status, the message."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from billing import mails
from billing.gateway.values import Intent
from billing.invoices import invoices
from billing.models import Invoice, InvoiceLine, Payment
from billing.payments import handover
from billing.payments.held import Held
from billing.recovery import dunning
from billing.rules.invoice import Line
from config.base import table_of
from config.db import carry_out, core, db, insert_many
from config.ids import new_id
from config.statements import Statement
from locations import ledger, places
from locations.rules import claims


def succeeded(held: Held, intent: Intent, *, on: date, now: datetime) -> None:
    """The invoice is paid: book it, hand over what was bought, tell the member."""
    _pay_invoice(held, intent, on=on, now=now)
    handover.give(held, on=on, now=now)
    if held.n > 1 or held.state == "action" or held.invoice_state != "open":
        dunning.paid_by_card(held, intent, on=on)
    mails.receipt(held, amount_cents=intent.amount_cents, now=now)


def needs_member(held: Held, intent: Intent, *, on: date, now: datetime) -> None:
    """The bank wants to hear the member: send the link, and let grace begin meanwhile."""
    if held.invoice_state == "draft":
        return  # the member is on the page and is being asked there
    dunning.asks_member(held, dunning.decline_of(intent), on=on, now=now)
    mails.confirm_payment(held, now=now)


def finalised(held: Held, *, on: date, now: datetime) -> dict[str, Any]:
    """Number and book a draft with the commit that pays it; the columns that are to be written."""
    location = places.get(held.location_id)
    return invoices.finalise(held.invoice_id, lines=_lines(held), location=location, on=on, now=now)


def _pay_invoice(held: Held, intent: Intent, *, on: date, now: datetime) -> None:
    paid = {
        "invoice": held.invoice_id,
        "day": on,
        "cents": held.paid_cents + intent.amount_cents,
    }
    if held.invoice_state == "draft":
        core(_PAID.values(finalised(held, on=on, now=now)), paid)
    else:
        carry_out(_PAY, **paid)
    payment_id = new_id()
    row = {
        "id": payment_id,
        "invoice_id": held.invoice_id,
        "attempt_id": held.attempt_id,
        "charge_id": intent.charge_id or intent.id,
        "tender": "card",
        "source_id": None,
        "amount_cents": intent.amount_cents,
        "refunded_cents": 0,
        "currency": held.currency,
        "received_at": now,
        "received_on": on,
        "by_account_id": None,
    }
    insert_many(Payment, [row])
    entry = claims.payment(
        payment_id=payment_id,
        on=on,
        currency=held.currency,
        location_id=held.location_id,
        amount_cents=intent.amount_cents,
        invoice_id=held.invoice_id,
    )
    ledger.post([entry], now=now)


_INVOICE = table_of(Invoice)
_PAID = (
    sa.update(_INVOICE)
    .where(_INVOICE.c.id == sa.bindparam("invoice"))
    .values(state="paid", closed_on=sa.bindparam("day"), paid_cents=sa.bindparam("cents"))
)
_PAY = Statement(_PAID)


def _lines(held: Held) -> list[Line]:
    found = db.session.scalars(
        sa.select(InvoiceLine)
        .where(InvoiceLine.invoice_id == held.invoice_id)
        .order_by(InvoiceLine.n)
    )
    return [
        Line(
            product=row.product,
            product_class=row.product_class,
            description=row.description,
            quantity=row.quantity,
            net_cents=row.net_cents,
            tax_name=row.tax_name,
            tax_rate_ppm=row.tax_rate_ppm,
            tax_cents=row.tax_cents,
            liability_account=row.liability_account,
            period_start=row.period_start,
            period_end=row.period_end,
        )
        for row in found
    ]
