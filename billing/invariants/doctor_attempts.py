"""Attempts to collect: sent once, known to us, and never tried more often than allowed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import sqlalchemy as sa

from billing.models import Dunning, Invoice, Payment, PaymentAttempt, PaymentIntent
from billing.rules.dunning import MOST_TRIES
from config import clock
from config.db import core
from config.doctor import Doctor, breach

UNKNOWN_MS = 20 * 3_600_000


def register(doctor: Doctor) -> None:
    """Add what must be true of attempts to collect."""
    once = "nothing is collected twice, one attempt is in flight"
    doctor.register("C1", once, _collected_otherwise, _flying_twice)
    doctor.register("C2", "what is sent was stored first", _unrecorded, _unnamed)
    doctor.register("C3", "nothing stays unknown for 20 hours", _unknown)
    doctor.register("C5", "no invoice is tried more often than allowed", _tries)
    doctor.register("A2-billing", "an attempt lies where its invoice does", _attempts_apart)


@breach(lambda row: f"payment_attempt {row.id} lies elsewhere than its invoice")
def _attempts_apart() -> sa.Select:
    # No constraint says where it lies: it would be looked up for each attempt of a run.
    both = sa.select(PaymentAttempt.id).join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
    return both.where(PaymentAttempt.location_id != Invoice.location_id)


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


@breach(lambda row: f"invoice {row.invoice_id} was tried {row.tries} times")
def _tries() -> sa.Select:
    return sa.select(Dunning.invoice_id, Dunning.tries).where(Dunning.tries > MOST_TRIES)
