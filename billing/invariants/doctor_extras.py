"""Invariant of one-offs: each that was invoiced has its one invoice, for the same amount."""

from __future__ import annotations

import sqlalchemy as sa

from billing.models import Invoice
from config.doctor import Doctor, breach
from membership.models import Charge


def register(doctor: Doctor) -> None:
    """Add the billing floor's invariant about one-offs to the doctor."""
    doctor.register("I5", "a one-off is invoiced once, for what it says", _unlike, _orphans)


def _taken_back(charge: type[Charge]) -> sa.ColumnElement[bool]:
    """What it was for was undone: it is dropped, and its invoice credited as a whole."""
    return sa.and_(charge.state == "dropped", Invoice.credited_cents == Invoice.total_cents)


@breach(lambda row: f"charge {row.id} is {row.state}, its invoice is {row.invoice_id or 'missing'}")
def _unlike() -> sa.Select:
    its_own = sa.and_(Invoice.source_id == Charge.id, Invoice.reason == "charge")
    return (
        sa.select(Charge.id, Charge.state, Invoice.id.label("invoice_id"))
        .outerjoin(Invoice, its_own)
        .where(
            sa.or_(
                sa.and_(Charge.state == "invoiced", Invoice.id.is_(None)),
                sa.and_(Charge.state != "invoiced", Invoice.id.is_not(None), ~_taken_back(Charge)),
                Invoice.net_cents != Charge.net_cents,
                Invoice.tax_cents != Charge.tax_cents,
            )
        )
    )


@breach(lambda row: f"invoice {row.id} is for a charge that does not exist")
def _orphans() -> sa.Select:
    return sa.select(Invoice.id).where(
        Invoice.reason == "charge", ~sa.exists().where(Charge.id == Invoice.source_id)
    )
