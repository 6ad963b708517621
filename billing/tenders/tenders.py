"""Money for an invoice by another way than a card at Stripe: cash, terminal, gift card, credit.

All of it in the caller's one transaction: the payment, the books, the balance it was taken from,
and, where the invoice is paid by it, everything that a card's success would bring. Nothing is
taken while Stripe may be asked for the same money.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing import mails
from billing.models import Invoice, Payment, PaymentAttempt, PaymentIntent
from billing.payments import handover, held, outcomes
from billing.payments.held import Held
from billing.recovery import dunning
from billing.rules import tenders as rule
from billing.rules.tenders import Offer, Share
from billing.tenders import tender_sources
from config.audit import Actor
from config.base import table_of
from config.calendar import local_date
from config.db import db, insert_many
from config.ids import new_id
from locations import ledger
from locations.rules import tenders

_INVOICE = table_of(Invoice)


@dataclass(frozen=True, slots=True)
class Received:
    """A payment that was taken, and what is still due of its invoice."""

    payment_id: UUID
    amount_cents: int
    left_cents: int


def due_of(invoice_id: UUID) -> int:
    """What an invoice, or a draft, still asks for, in minor units."""
    row = db.session.execute(
        sa.select(
            Invoice.state,
            Invoice.total_cents,
            Invoice.paid_cents,
            Invoice.credited_cents,
            Invoice.refunds_owed_cents,
        ).where(Invoice.id == invoice_id)
    ).one()
    if row.state not in ("draft", "open"):
        return 0
    return row.total_cents - row.paid_cents - row.credited_cents + row.refunds_owed_cents


def is_owed_at(invoice_id: UUID, location_id: UUID) -> bool:
    """Whether an invoice is this location's: cash for it is taken there."""
    return db.session.get_one(Invoice, invoice_id).location_id == location_id


def take(
    invoice_id: UUID, offers: Sequence[Offer], *, by: Actor, now: datetime
) -> tuple[Received, ...]:
    """Take as much of each offer as is due, in this order. See `receive` for refusals."""
    shares = rule.split(due_of(invoice_id), offers)
    if not shares:
        raise rule.refuse("nothing_due")
    return tuple(receive(invoice_id, share, by=by, now=now) for share in shares)


def receive(invoice_id: UUID, share: Share, *, by: Actor, now: datetime) -> Received:
    """Take one tender's share for an open invoice or a draft.

    Refused("nothing_due", "too_much") by what is due, "payment_running" while Stripe may be
    asked, "other_studio", "other_currency", "till_closed", "gift_card_empty", "credit_short" by
    where the money is to come from. A share of cash or terminal names its open till.
    """
    payment_id = new_id()
    db.session.flush()
    found = held.lock_invoice(invoice_id, payment_id=payment_id)
    due_cents = due_of(invoice_id)
    if due_cents <= 0:
        raise rule.refuse("nothing_due")
    if share.amount_cents > due_cents:
        raise rule.refuse("too_much")
    _require_nobody_asks(invoice_id)
    held_at = tender_sources.take(share, found, by=by, now=now)
    _write(share, found, held_at=held_at, by=by, now=now)
    left_cents = due_cents - share.amount_cents
    if left_cents:
        _paid_in_part(found, share.amount_cents)
    else:
        _paid(found, share.amount_cents, now=now)
    db.session.flush()
    db.session.expire_all()
    return Received(payment_id, share.amount_cents, left_cents)


def _require_nobody_asks(invoice_id: UUID) -> None:
    """Refused while an attempt is in flight, or an object at Stripe could still take this money.

    A try that is only planned is none: it will ask for what is due then.
    """
    asking = sa.select(PaymentAttempt.id).where(
        PaymentAttempt.invoice_id == invoice_id,
        PaymentAttempt.state.in_(("sending", "action", "succeeded")),
    )
    payable = sa.select(PaymentIntent.id).where(
        PaymentIntent.invoice_id == invoice_id,
        PaymentIntent.state == "live",
        sa.or_(PaymentIntent.stripe_id.is_not(None), PaymentIntent.session_id.is_not(None)),
    )
    if db.session.scalar(asking.limit(1)) or db.session.scalar(payable.limit(1)):
        raise rule.refuse("payment_running")
    # A row that nothing at Stripe belongs to asked for another amount: the next has its own.
    db.session.execute(
        sa.update(PaymentIntent)
        .where(PaymentIntent.invoice_id == invoice_id, PaymentIntent.state == "live")
        .values(state="canceled")
    )


def _write(share: Share, found: Held, *, held_at: UUID, by: Actor, now: datetime) -> None:
    on = local_date(now, found.zone)
    row = {
        "id": found.attempt_id,
        "invoice_id": found.invoice_id,
        "attempt_id": None,
        "charge_id": None,
        "tender": share.kind,
        "source_id": share.source_id,
        "amount_cents": share.amount_cents,
        "refunded_cents": 0,
        "currency": found.currency,
        "received_at": now,
        "received_on": on,
        "by_account_id": by.id,
    }
    insert_many(Payment, [row])
    entry = tenders.tender_paid(
        payment_id=found.attempt_id,
        on=on,
        currency=found.currency,
        location_id=found.location_id,
        tender=share.kind,
        held_at=held_at,
        amount_cents=share.amount_cents,
        invoice_id=found.invoice_id,
    )
    ledger.post([entry], now=now)


def _paid_in_part(found: Held, cents: int) -> None:
    db.session.execute(
        sa.update(_INVOICE)
        .where(_INVOICE.c.id == found.invoice_id)
        .values(paid_cents=_INVOICE.c.paid_cents + cents)
    )


def _paid(found: Held, cents: int, *, now: datetime) -> None:
    """All of it is there: what a card's success brings follows, in the same order."""
    on = local_date(now, found.zone)
    columns: dict[str, Any] = {}
    if found.invoice_state == "draft":
        columns = outcomes.finalised(found, on=on, now=now)
    db.session.execute(
        sa.update(_INVOICE)
        .where(_INVOICE.c.id == found.invoice_id)
        .values(state="paid", closed_on=on, paid_cents=_INVOICE.c.paid_cents + cents, **columns)
    )
    # A planned try was sent to nobody: there is nothing left to ask for.
    db.session.execute(
        sa.delete(PaymentAttempt).where(
            PaymentAttempt.invoice_id == found.invoice_id, PaymentAttempt.state == "ready"
        )
    )
    handover.give(found, on=on, now=now)
    if found.invoice_state == "open":
        dunning.recovered(found.invoice_id, on=on)
    mails.receipt(found, amount_cents=cents, now=now)
