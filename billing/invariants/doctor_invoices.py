"""Invoices and credit notes: billed once, the sum of their lines, numbered without a gap, paid."""

from __future__ import annotations

import sqlalchemy as sa

from billing.models import CreditNote, Invoice, InvoiceLine, NumberCounter
from config.doctor import Breach, Doctor, breach
from membership.models import GivenPeriod, MembershipPeriod


def register(doctor: Doctor) -> None:
    """Add what must be true of invoices."""
    doctor.register(
        "B1",
        "every issued period has exactly one invoice, or a reason for none",
        _unbilled,
        _orphans,
    )
    doctor.register("B3", "an invoice is the sum of its lines", _totals)
    doctor.register("B4", "numbers of invoices and credit notes have no gap", *_NUMBERS)
    doctor.register("C4", "paid means covered, and covered means paid", _uncovered, _uncredited)


@breach(lambda row: f"period {row.id} has neither an invoice nor a reason for none, or both")
def _unbilled() -> sa.Select:
    billed = sa.exists().where(
        Invoice.source_id == MembershipPeriod.id,
        Invoice.reason.in_(["renewal", "first_period", "change"]),
        Invoice.state != "draft",
    )
    given = sa.exists().where(GivenPeriod.period_id == MembershipPeriod.id)
    return sa.select(MembershipPeriod.id).where(billed == given)


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
