"""Refunds as rows: planned over the payments of an invoice, written down once they have left.

A refund counts on its payment from the moment it is written: two that are asked for at once meet
at its row, and the second finds what the first has left. Stripe is asked by billing/refund_sends.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gift_cards import gift_refunds
from billing.models import Invoice, Payment, PaymentAttempt, PaymentIntent, Refund
from billing.refunds import kept_by_bank, promises, refund_letters
from billing.rules import refund as rule
from billing.rules.refund import Part
from billing.tenders import account_credit
from config.audit import SYSTEM, Actor
from config.db import db
from config.ids import new_id
from locations import ledger, places
from locations.rules import refunds
from membership.models import Charge


def plan(charge_id: UUID, *, now: datetime) -> list[Refund]:
    """Write the refunds that a promise goes back by, as far as its payments take it.

    What came from account credit or a gift card returns there at once; cards wait to be sent.
    Asked again it plans only what no refund stands for.
    """
    invoice, charge = promises.lock(charge_id)
    if charge.state != "owed":
        return []
    rooms = promises.rooms(invoice.id, charge.id)
    parts = rule.spread(promises.uncovered_cents(charge), rooms)
    found = [write(part, invoice, charge, by=SYSTEM, now=now) for part in parts]
    for refund in found:
        at_once(refund, charge, by=SYSTEM, now=now)
    return found


def left_now(refund: Refund, *, now: datetime) -> None:
    """The money of a locked refund has left: book it, on the date of its studio."""
    refund.state = "succeeded"
    refund.failure_code = None
    refund.finished_at = now
    refund.finished_on = on = _today(refund.location_id, now)
    db.session.flush()
    entry = refunds.refund_sent(
        refund_id=refund.id,
        on=on,
        currency=refund.currency,
        location_id=refund.location_id,
        paid_at=refund.paid_at,
        tender=refund.tender,  # type: ignore[arg-type]  # the column's CHECK keeps it known
        amount_cents=refund.amount_cents,
        invoice_id=refund.invoice_id,
    )
    ledger.post([entry], now=now)


def failed(refund: Refund, charge: Charge, *, code: str, now: datetime) -> None:
    """A locked refund did not go, or came back: it is owed again, another way.

    Its payment is free of it; where the money had left, the books take it back.
    """
    had_left = refund.state == "succeeded"
    payment = payment_of(refund.payment_id)
    payment.refunded_cents -= refund.amount_cents
    refund.state = "failed"
    refund.failure_code = reason = code[:60]
    refund.lease_token = refund.lease_until_ms = None
    refund.finished_at = now
    refund.finished_on = on = _today(refund.location_id, now)
    db.session.flush()
    if had_left:
        sent = ledger.entry_for(refund.id, "refund_sent")
        assert sent is not None, "what had left was booked"
        entry = refunds.refund_failed(
            refund_id=refund.id,
            corrects_id=sent.id,
            on=on,
            currency=refund.currency,
            location_id=refund.location_id,
            amount_cents=refund.amount_cents,
            invoice_id=refund.invoice_id,
            reason=reason,
        )
        ledger.post([entry], now=now)
    promises.restate(charge)
    if not had_left:
        kept_by_bank.after_flight(refund, charge, now=now)
    if charge.state == "owed":
        refund_letters.failed(refund, charge.member_id, now=now)


def take_again(refund: Refund) -> bool:
    """Count a refund that had failed on its payment once more; False where nothing is left."""
    payment = payment_of(refund.payment_id)
    if promises.rooms_of([payment])[0].left_cents < refund.amount_cents:
        return False
    payment.refunded_cents += refund.amount_cents
    db.session.flush()
    return True


def locked(refund_id: UUID) -> tuple[Refund, Charge]:
    """A refund with its promise, held after their invoice, read anew."""
    known = db.session.get_one(Refund, refund_id)
    _invoice, charge = promises.lock(known.charge_row_id)
    query = sa.select(Refund).where(Refund.id == refund_id).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).one()
    return found, charge


def write(
    part: Part,
    invoice: Invoice,
    charge: Charge,
    *,
    by: Actor,
    now: datetime,
    paid_at: UUID | None = None,
    till: UUID | None = None,
) -> Refund:
    """Write one refund, counted on its payment first: two at once meet at the row there."""
    payment = payment_of(part.payment_id)
    payment.refunded_cents += part.amount_cents
    refund = Refund(
        id=new_id(),
        invoice_id=invoice.id,
        payment_id=payment.id,
        charge_row_id=charge.id,
        location_id=invoice.location_id,
        paid_at=paid_at or invoice.location_id,
        source_id=till,
        tender=part.tender,
        state="ready",
        amount_cents=part.amount_cents,
        currency=invoice.currency,
        stripe_account=_account_of(payment, invoice) if part.tender == "card" else None,
        looks=0,
        by_account_id=by.id,
        created_at=now,
    )
    db.session.add(refund)
    db.session.flush()
    return refund


def at_once(refund: Refund, charge: Charge, *, by: Actor, now: datetime) -> None:
    """Let a refund that was just written become what we owe anyway: credit, or a gift card.

    What a card takes waits to be sent, and cash to be handed out: nothing happens to these.
    """
    if refund.tender == "account_credit":
        refund.source_id = account_credit.grant(
            member_id=charge.member_id,
            location_id=refund.location_id,
            currency=refund.currency,
            amount_cents=refund.amount_cents,
            source_id=refund.id,
            reason=charge.description,
            by_account_id=by.id,
            now=now,
        )
    elif refund.tender == "gift_card":
        entry = gift_refunds.give_back(refund, charge.member_id, by_account_id=by.id, now=now)
        refund.source_id, refund.paid_at = entry.id, gift_refunds.sold_at(entry)
    else:
        return
    left_now(refund, now=now)
    promises.restate(charge)


def payment_of(payment_id: UUID) -> Payment:
    """A payment, held and read anew."""
    query = sa.select(Payment).where(Payment.id == payment_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _account_of(payment: Payment, invoice: Invoice) -> str:
    """The Stripe account that took it, which is the one that can send it back."""
    query = (
        sa.select(PaymentIntent.stripe_account)
        .join(PaymentAttempt, PaymentAttempt.intent_id == PaymentIntent.id)
        .where(PaymentAttempt.id == payment.attempt_id)
    )
    return db.session.scalar(query) or places.stripe_account_of(places.get(invoice.location_id))


def _today(location_id: UUID, now: datetime) -> date:
    return places.business_date(places.get(location_id), now)
