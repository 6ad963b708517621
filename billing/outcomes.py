"""What follows when an attempt ends: the books, the member's credits and status, the message."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from billing import change_credit, discount_lines, dunning, gift_issue, invoices, mails, unspent
from billing.gateway.values import Intent
from billing.held import Held
from billing.models import Invoice, InvoiceLine, Payment
from billing.parking import park
from billing.rules.invoice import Line
from config.base import table_of
from config.db import carry_out, core, db, insert_many
from config.ids import new_id
from config.statements import Statement
from locations import ledger, places
from locations.rules import ledger as books
from membership import (
    change_now,
    consents,
    conversions,
    credits,
    endings,
    memberships,
    packs,
    periods,
    promos,
)


def succeeded(held: Held, intent: Intent, *, on: date, now: datetime) -> None:
    """The invoice is paid: book it, hand over what was bought, tell the member."""
    _pay_invoice(held, intent, on=on, now=now)
    hand_over(held, on=on, now=now)
    if held.n > 1 or held.state == "action" or held.invoice_state != "open":
        dunning.paid_by_card(held, intent, on=on)
    mails.receipt(held, amount_cents=intent.amount_cents, now=now)


def hand_over(held: Held, *, on: date, now: datetime) -> None:
    """Give what a paid invoice was for; `held` is from before it was paid."""
    if held.invoice_state == "draft":
        promos.used(held.source_id)
    if held.reason == "pack":
        if packs.paid(held.source_id, on=on, now=now) == "cancelled":
            _money_without_goods(held, "pack_cancelled", now=now)
    elif held.reason == "charge":
        pass  # what it is for was given before
    elif held.reason == "gift_card":
        gift_issue.activate(held.source_id, on=on, now=now)
    elif held.reason == "change":
        change_credit.take_effect(held.source_id, on=on, now=now)
    elif held.invoice_state == "draft":
        _first_period_bought(held, on=on, now=now)
    elif held.reason == "first_period":
        _first_period_paid(held, on=on, now=now)
    else:
        _renewal_paid(held, on=on, now=now)


def needs_member(held: Held, intent: Intent, *, on: date, now: datetime) -> None:
    """The bank wants to hear the member: send the link, and let grace begin meanwhile."""
    if held.invoice_state == "draft":
        return  # the member is on the page and is being asked there
    dunning.asks_member(held, dunning.decline_of(intent), on=on, now=now)
    mails.confirm_payment(held, now=now)


def abandoned(held: Held, *, on: date, now: datetime) -> None:
    """A sale that was never paid leaves no pack, no plan and no change behind."""
    unspent.give_back(held, on=on, now=now)
    if held.invoice_state == "draft":
        promos.release(held.source_id)
    if held.reason == "pack":
        packs.abandon(held.source_id)
    elif held.reason == "change":
        change_now.abandon(held.source_id, now=now)
    elif held.reason == "gift_card":
        return  # a draft of a card opens nothing and is worth nothing
    elif held.membership_id is not None:
        endings.abandon(held.membership_id, on=on, now=now)


def still_wanted(held: Held) -> bool:
    """Whether what a draft is for can still be handed over: a plan may have moved on meanwhile."""
    is_change = held.reason == "change" and held.invoice_state == "draft"
    return not is_change or change_now.still_fits(held.source_id)


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
    entry = books.payment(
        payment_id=payment_id,
        on=on,
        currency=held.currency,
        location_id=held.location_id,
        amount_cents=intent.amount_cents,
        invoice_id=held.invoice_id,
    )
    ledger.post([entry], now=now)


def _renewal_paid(held: Held, *, on: date, now: datetime) -> None:
    """Make the period's credits firm; most renewals find an active member and need no more."""
    assert held.membership_id is not None
    credits.make_firm(held.source_id, "period")
    if held.membership_status == "ended":
        _money_without_goods(held, "membership_ended", now=now)
    elif held.membership_status != "active":
        memberships.payment_succeeded(held.membership_id, on=on, now=now)


def _first_period_bought(held: Held, *, on: date, now: datetime) -> None:
    """Sold at Checkout: the period begins to exist with its payment."""
    assert held.membership_id is not None
    due = periods.first_due(held.membership_id, period_id=held.source_id)
    memberships.advance([discount_lines.as_sold(due, held.invoice_id)], now=now)
    _first_period_paid(held, on=on, now=now)


def _first_period_paid(held: Held, *, on: date, now: datetime) -> None:
    assert held.membership_id is not None
    if held.membership_status == "ended":
        _money_without_goods(held, "membership_ended", now=now)
        return
    credits.grant_many(periods.firm_grant(held.source_id), now=now)
    memberships.payment_succeeded(held.membership_id, on=on, now=now)
    if held.consent_id is not None:
        conversions.begun(held.consent_id, on=on)
        consents.mark_used(held.consent_id, now=now)


def _money_without_goods(held: Held, code: str, *, now: datetime) -> None:
    """Paid for what no longer is: a person decides whether it goes back."""
    park(
        "payment",
        str(held.attempt_id),
        code=code,
        reason="Paid after what it was for had ended.",
        location_id=held.location_id,
        now=now,
    )


_INVOICE = table_of(Invoice)
_PAID = (
    sa.update(_INVOICE)
    .where(_INVOICE.c.id == sa.bindparam("invoice"))
    .values(state="paid", closed_on=sa.bindparam("day"), paid_cents=sa.bindparam("cents"))
)
_PAY = Statement(_PAID)
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
