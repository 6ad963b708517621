"""Billing's invariants: what must be true of invoices, payments, letters and runs, any time."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import sqlalchemy as sa

from billing import (
    doctor_books,
    doctor_changes,
    doctor_disputes,
    doctor_payouts,
    doctor_recovery,
    doctor_refunds,
    doctor_tenders,
)
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
from config.db import core
from config.doctor import Breach, Doctor, breach
from membership.models import Membership, MembershipPeriod

UNKNOWN_MS = 20 * 3_600_000
MOST_TRIES = 4


def register(doctor: Doctor) -> None:
    """Add billing's invariants to the doctor."""
    doctor.register("B1", "every issued period has exactly one invoice", _unbilled, _orphans)
    doctor.register("B3", "an invoice is the sum of its lines", _totals)
    doctor.register("B4", "numbers of invoices and credit notes have no gap", *_NUMBERS)
    once = "nothing is collected twice, one attempt is in flight"
    doctor.register("C1", once, _collected_otherwise, _flying_twice)
    doctor.register("C2", "what is sent was stored first", _unrecorded, _unnamed)
    doctor.register("C3", "nothing stays unknown for 20 hours", _unknown)
    doctor.register("C4", "paid means covered, and covered means paid", _uncovered, _uncredited)
    doctor.register("C5", "no invoice is tried more often than allowed", _tries)
    doctor.register("A2-billing", "an attempt lies where its invoice does", _attempts_apart)
    doctor.register("W1", "every letter of Stripe's is done or parked", _letters)
    doctor.register("J1", "no run is left claimed and forgotten", _claims, _dead)
    doctor_books.register(doctor)
    doctor_recovery.register(doctor)
    doctor_changes.register(doctor)
    doctor_disputes.register(doctor)
    doctor_payouts.register(doctor)
    doctor_tenders.register(doctor)
    doctor_refunds.register(doctor)


@breach(lambda row: f"payment_attempt {row.id} lies elsewhere than its invoice")
def _attempts_apart() -> sa.Select:
    # No constraint says where it lies: it would be looked up for each attempt of a run.
    both = sa.select(PaymentAttempt.id).join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
    return both.where(PaymentAttempt.location_id != Invoice.location_id)


@breach(lambda row: f"period {row.id} was issued without an invoice")
def _unbilled() -> sa.Select:
    billed = sa.exists().where(
        Invoice.source_id == MembershipPeriod.id,
        Invoice.reason.in_(["renewal", "first_period", "change"]),
        Invoice.state != "draft",
    )
    return sa.select(MembershipPeriod.id).where(~billed)


@breach(lambda row: f"invoice {row.number} is for a period that does not exist")
def _orphans() -> sa.Select:
    return sa.select(Invoice.number).where(
        Invoice.reason.in_(["renewal", "first_period"]),
        Invoice.state != "draft",
        ~sa.exists().where(MembershipPeriod.id == Invoice.source_id),
    )


@breach(lambda row: f"invoice {row.number or row.id} is not the sum of its lines")
def _totals() -> sa.Select:
    sums = (
        sa.select(
            InvoiceLine.invoice_id,
            sa.func.sum(InvoiceLine.net_cents).label("net"),
            sa.func.sum(InvoiceLine.tax_cents).label("tax"),
        )
        .group_by(InvoiceLine.invoice_id)
        .subquery()
    )
    return (
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


def _numbers_of(model: type[Invoice] | type[CreditNote], series: str) -> Breach:
    @breach(
        lambda row: (
            f"{series} numbers of {row.location_id} in {row.number_year} run from {row.low} "
            f"to {row.high} over {row.count}, next is {row.next_number}"
        )
    )
    def gaps() -> sa.Select:
        return _gaps(model, series)

    return gaps


def _gaps(model: type[Invoice] | type[CreditNote], series: str) -> sa.Select:
    given = (
        sa.select(
            model.location_id,
            model.number_year,
            sa.func.count().label("count"),
            sa.func.min(model.number_seq).label("low"),
            sa.func.max(model.number_seq).label("high"),
        )
        .where(model.number_seq.is_not(None))
        .group_by(model.location_id, model.number_year)
        .subquery()
    )
    counter = sa.and_(
        NumberCounter.location_id == given.c.location_id,
        NumberCounter.year == given.c.number_year,
        NumberCounter.series == series,
    )
    follows = sa.func.coalesce(NumberCounter.next_number, 0) == given.c.high + 1
    gapless = sa.and_(given.c.low == 1, given.c.high == given.c.count, follows)
    query = sa.select(given, NumberCounter.next_number).outerjoin(NumberCounter, counter)
    return query.where(~gapless)


_NUMBERS = (_numbers_of(Invoice, "invoice"), _numbers_of(CreditNote, "credit_note"))


@breach(lambda row: f"invoice {row.number} over {row.total_cents} has collected {row.cents}")
def _collected_otherwise() -> sa.Select:
    # What paid ahead for a sale that came to nothing has gone back to where it was.
    undone = sa.case((Invoice.state == "draft", Payment.refunded_cents), else_=0)
    paid = (
        sa.select(Payment.invoice_id, sa.func.sum(Payment.amount_cents - undone).label("cents"))
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .group_by(Payment.invoice_id)
        .subquery()
    )
    return (
        sa.select(Invoice.number, paid.c.cents, Invoice.total_cents)
        .join(paid, paid.c.invoice_id == Invoice.id)
        .where(sa.or_(paid.c.cents > Invoice.total_cents, paid.c.cents != Invoice.paid_cents))
    )


@breach(lambda row: f"invoice {row.invoice_id} has two attempts in flight")
def _flying_twice() -> sa.Select:
    return (
        sa.select(PaymentAttempt.invoice_id)
        .where(PaymentAttempt.state.in_(["ready", "sending", "action"]))
        .group_by(PaymentAttempt.invoice_id)
        .having(sa.func.count() > 1)
    )


@breach(lambda row: f"attempt {row.id} was sent without an intent on record")
def _unrecorded() -> sa.Select:
    return sa.select(PaymentAttempt.id).where(
        PaymentAttempt.state.in_(["sending", "succeeded"]), PaymentAttempt.intent_id.is_(None)
    )


@breach(lambda row: f"attempt {row.id} succeeded at an intent that nobody knows")
def _unnamed() -> sa.Select:
    return (
        sa.select(PaymentAttempt.id)
        .join(PaymentIntent, PaymentIntent.id == PaymentAttempt.intent_id)
        .where(PaymentAttempt.state == "succeeded", PaymentIntent.stripe_id.is_(None))
    )


def _unknown() -> Iterable[str]:
    too_old = clock.lease_now_ms() - UNKNOWN_MS
    for row in core(_sending(), {"too_old": too_old}):
        yield f"attempt {row.id} has been unknown for over 20 hours"


@cache
def _sending() -> sa.Select:
    return sa.select(PaymentAttempt.id).where(
        PaymentAttempt.state == "sending",
        PaymentAttempt.lease_until_ms < sa.bindparam("too_old"),
    )


@breach(
    lambda row: f"invoice {row.number or row.id} is {row.state}, and its payments say otherwise"
)
def _uncovered() -> sa.Select:
    kept = Invoice.paid_cents + Invoice.credited_cents - Invoice.refunds_owed_cents
    covered = kept == Invoice.total_cents
    wrong = sa.or_(
        sa.and_(Invoice.state == "paid", ~covered),
        sa.and_(Invoice.state == "open", covered, Invoice.total_cents > 0),
        sa.and_(Invoice.state == "void", Invoice.credited_cents != Invoice.total_cents),
        sa.and_(Invoice.state == "draft", covered, Invoice.total_cents > 0),
        sa.and_(Invoice.state == "draft", Invoice.credited_cents > 0),
    )
    return sa.select(Invoice.id, Invoice.number, Invoice.state).where(wrong)


@breach(lambda row: f"invoice {row.number} is not credited by what its credit notes say")
def _uncredited() -> sa.Select:
    credited = (
        sa.select(CreditNote.invoice_id, sa.func.sum(CreditNote.total_cents).label("cents"))
        .group_by(CreditNote.invoice_id)
        .subquery()
    )
    return (
        sa.select(Invoice.number)
        .outerjoin(credited, credited.c.invoice_id == Invoice.id)
        .where(sa.func.coalesce(credited.c.cents, 0) != Invoice.credited_cents)
    )


@breach(lambda row: f"invoice {row.invoice_id} was tried {row.tries} times")
def _tries() -> sa.Select:
    return sa.select(Dunning.invoice_id, Dunning.tries).where(Dunning.tries > MOST_TRIES)


@breach(lambda row: f"letter {row.id} is still unopened")
def _letters() -> sa.Select:
    return sa.select(WebhookEvent.id).where(WebhookEvent.state == "new", WebhookEvent.tries > 20)


def _claims() -> Iterable[str]:
    old = clock.lease_now_ms() - 3_600_000
    for row in core(_running(), {"old": old}):
        yield f"the run {row.id} of {row.business_date} was claimed and never finished"


@cache
def _running() -> sa.Select:
    return sa.select(BillingRun.id, BillingRun.business_date).where(
        BillingRun.state == "running", BillingRun.lease_until_ms < sa.bindparam("old")
    )


@breach(lambda row: f"invoice {row.number} is still asked of an ended membership")
def _dead() -> sa.Select:
    return (
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
