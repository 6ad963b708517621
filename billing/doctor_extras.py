"""Invariant of one-offs: each that was invoiced has its one invoice, for the same amount."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from billing.models import Invoice
from config.db import db
from config.doctor import Doctor
from membership.models import Charge


def register(doctor: Doctor) -> None:
    """Add the billing floor's invariant about one-offs to the doctor."""
    doctor.register("I5", "a one-off is invoiced once, for what it says", _invoiced_once)


def _taken_back(charge: type[Charge]) -> sa.ColumnElement[bool]:
    """What it was for was undone: it is dropped, and its invoice credited as a whole."""
    return sa.and_(charge.state == "dropped", Invoice.credited_cents == Invoice.total_cents)


def _invoiced_once() -> Iterator[str]:
    its_own = sa.and_(Invoice.source_id == Charge.id, Invoice.reason == "charge")
    rows = db.session.execute(
        sa.select(Charge.id, Charge.state, Invoice.id)
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
    for charge_id, state, invoice_id in rows:
        yield f"charge {charge_id} is {state}, its invoice is {invoice_id or 'missing'}"
    orphan = sa.select(Invoice.id).where(
        Invoice.reason == "charge", ~sa.exists().where(Charge.id == Invoice.source_id)
    )
    for invoice_id in db.session.scalars(orphan):
        yield f"invoice {invoice_id} is for a charge that does not exist"
