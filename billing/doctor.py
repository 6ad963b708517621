"""Billing's invariants: what must be true of invoices, payments, letters and runs, any time."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from billing import doctor_books, doctor_changes
from billing.models import (
    BillingRun,
    CreditNote,
    Dunning,
    Invoice,
    InvoiceLine,
    NumberCounter,
    Payment,
    PaymentAttempt,
    PaymentIntent,
    WebhookEvent,
)
from config import clock
from config.db import db
from config.doctor import Doctor
from membership.models import Membership, MembershipPeriod

UNKNOWN_MS = 20 * 3_600_000
MOST_TRIES = 4


def register(doctor: Doctor) -> None:
    """Add billing's invariants to the doctor."""
    doctor.register("B1", "every issued period has exactly one invoice", _periods_billed)
    doctor.register("B3", "an invoice is the sum of its lines", _totals)
    doctor.register("B4", "invoice numbers have no gap", _numbers)
    doctor.register("C1", "nothing is collected twice, one attempt is in flight", _collected)
    doctor.register("C2", "what is sent was stored first", _stored_first)
    doctor.register("C3", "nothing stays unknown for 20 hours", _unknown)
    doctor.register("C4", "paid means covered, and covered means paid", _covered)
    doctor.register("C5", "no invoice is tried more often than allowed", _tries)
    doctor.register("W1", "every letter of Stripe's is done or parked", _letters)
    doctor.register("J1", "no run is left claimed and forgotten", _claims)
    doctor_books.register(doctor)
    doctor_changes.register(doctor)


def _periods_billed() -> Iterable[str]:
    billed = sa.exists().where(
        Invoice.source_id == MembershipPeriod.id,
        Invoice.reason.in_(["renewal", "first_period", "change"]),
        Invoice.state != "draft",
    )
    for period in db.session.scalars(sa.select(MembershipPeriod.id).where(~billed)):
        yield f"period {period} was issued without an invoice"
    orphans = sa.select(Invoice.number).where(
        Invoice.reason.in_(["renewal", "first_period"]),
        Invoice.state != "draft",
        ~sa.exists().where(MembershipPeriod.id == Invoice.source_id),
    )
    for number in db.session.scalars(orphans):
        yield f"invoice {number} is for a period that does not exist"


def _totals() -> Iterable[str]:
    sums = (
        sa.select(
            InvoiceLine.invoice_id,
            sa.func.sum(InvoiceLine.net_cents).label("net"),
            sa.func.sum(InvoiceLine.tax_cents).label("tax"),
        )
        .group_by(InvoiceLine.invoice_id)
        .subquery()
    )
    query = (
        sa.select(Invoice.id, Invoice.number)
        .outerjoin(sums, sums.c.invoice_id == Invoice.id)
        .where(
            sa.or_(
                sums.c.net.is_(None),
                sums.c.net != Invoice.net_cents,
                sums.c.tax != Invoice.tax_cents,
            )
        )
    )
    for id_, number in db.session.execute(query):
        yield f"invoice {number or id_} is not the sum of its lines"


def _numbers() -> Iterable[str]:
    given = (
        sa.select(
            Invoice.location_id,
            Invoice.number_year,
            sa.func.count().label("count"),
            sa.func.min(Invoice.number_seq).label("low"),
            sa.func.max(Invoice.number_seq).label("high"),
        )
        .where(Invoice.number_seq.is_not(None))
        .group_by(Invoice.location_id, Invoice.number_year)
        .subquery()
    )
    query = sa.select(given, NumberCounter.next_number).outerjoin(
        NumberCounter,
        sa.and_(
            NumberCounter.location_id == given.c.location_id,
            NumberCounter.year == given.c.number_year,
        ),
    )
    for row in db.session.execute(query):
        if (row.low, row.high) != (1, row.count) or row.next_number != row.high + 1:
            yield (
                f"numbers of {row.location_id} in {row.number_year} run from {row.low} to "
                f"{row.high} over {row.count} invoices, next is {row.next_number}"
            )


def _collected() -> Iterable[str]:
    paid = (
        sa.select(Payment.invoice_id, sa.func.sum(Payment.amount_cents).label("cents"))
        .group_by(Payment.invoice_id)
        .subquery()
    )
    query = (
        sa.select(Invoice.number, paid.c.cents, Invoice.total_cents)
        .join(paid, paid.c.invoice_id == Invoice.id)
        .where(sa.or_(paid.c.cents > Invoice.total_cents, paid.c.cents != Invoice.paid_cents))
    )
    for number, cents, total in db.session.execute(query):
        yield f"invoice {number} over {total} has collected {cents}"
    flying = (
        sa.select(PaymentAttempt.invoice_id)
        .where(PaymentAttempt.state.in_(["ready", "sending", "action"]))
        .group_by(PaymentAttempt.invoice_id)
        .having(sa.func.count() > 1)
    )
    for invoice_id in db.session.scalars(flying):
        yield f"invoice {invoice_id} has two attempts in flight"


def _stored_first() -> Iterable[str]:
    query = sa.select(PaymentAttempt.id).where(
        PaymentAttempt.state.in_(["sending", "succeeded"]), PaymentAttempt.intent_id.is_(None)
    )
    for attempt_id in db.session.scalars(query):
        yield f"attempt {attempt_id} was sent without an intent on record"
    paid = (
        sa.select(PaymentAttempt.id)
        .join(PaymentIntent, PaymentIntent.id == PaymentAttempt.intent_id)
        .where(PaymentAttempt.state == "succeeded", PaymentIntent.stripe_id.is_(None))
    )
    for attempt_id in db.session.scalars(paid):
        yield f"attempt {attempt_id} succeeded at an intent that nobody knows"


def _unknown() -> Iterable[str]:
    too_old = clock.lease_now_ms() - UNKNOWN_MS
    query = sa.select(PaymentAttempt.id).where(
        PaymentAttempt.state == "sending", PaymentAttempt.lease_until_ms < too_old
    )
    for attempt_id in db.session.scalars(query):
        yield f"attempt {attempt_id} has been unknown for over 20 hours"


def _covered() -> Iterable[str]:
    kept = Invoice.paid_cents + Invoice.credited_cents - Invoice.refunds_owed_cents
    covered = kept == Invoice.total_cents
    wrong = sa.or_(
        sa.and_(Invoice.state == "paid", ~covered),
        sa.and_(Invoice.state == "open", covered, Invoice.total_cents > 0),
        sa.and_(Invoice.state == "void", Invoice.credited_cents != Invoice.total_cents),
        sa.and_(Invoice.state == "draft", Invoice.paid_cents + Invoice.credited_cents > 0),
    )
    query = sa.select(Invoice.id, Invoice.number, Invoice.state).where(wrong)
    for id_, number, state in db.session.execute(query):
        yield f"invoice {number or id_} is {state}, and its payments say otherwise"
    credited = (
        sa.select(CreditNote.invoice_id, sa.func.sum(CreditNote.total_cents).label("cents"))
        .group_by(CreditNote.invoice_id)
        .subquery()
    )
    query = (
        sa.select(Invoice.number)
        .outerjoin(credited, credited.c.invoice_id == Invoice.id)
        .where(sa.func.coalesce(credited.c.cents, 0) != Invoice.credited_cents)
    )
    for number in db.session.scalars(query):
        yield f"invoice {number} is not credited by what its credit notes say"


def _tries() -> Iterable[str]:
    for invoice_id, tries in db.session.execute(
        sa.select(Dunning.invoice_id, Dunning.tries).where(Dunning.tries > MOST_TRIES)
    ):
        yield f"invoice {invoice_id} was tried {tries} times"


def _letters() -> Iterable[str]:
    query = sa.select(WebhookEvent.id).where(WebhookEvent.state == "new", WebhookEvent.tries > 20)
    for event_id in db.session.scalars(query):
        yield f"letter {event_id} is still unopened"


def _claims() -> Iterable[str]:
    old = clock.lease_now_ms() - 3_600_000
    query = sa.select(BillingRun.id, BillingRun.business_date).where(
        BillingRun.state == "running", BillingRun.lease_until_ms < old
    )
    for run_id, on in db.session.execute(query):
        yield f"the run {run_id} of {on} was claimed and never finished"
    dead = (
        sa.select(Invoice.number)
        .join(Membership, Membership.id == Invoice.membership_id)
        .where(
            Invoice.state == "open",
            Membership.status == "ended",
            ~sa.exists().where(Dunning.invoice_id == Invoice.id, Dunning.state == "given_up"),
            ~sa.exists().where(
                PaymentAttempt.invoice_id == Invoice.id,
                PaymentAttempt.state.in_(["sending", "action"]),
            ),
        )
    )
    for number in db.session.scalars(dead):
        yield f"invoice {number} is still asked of an ended membership"
