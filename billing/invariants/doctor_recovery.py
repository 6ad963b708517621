"""Invariants of recoveries: a card that will not do is left alone, and what came back tells how."""

from __future__ import annotations

import sqlalchemy as sa

from billing.models import Dunning, Invoice, PaymentAttempt
from billing.rules.dunning import FOR_ANOTHER_CARD, MOST_IN_30_DAYS
from config.doctor import Doctor, breach


def register(doctor: Doctor) -> None:
    """Add the invariants about failed payments to the doctor."""
    doctor.register(
        "C7", "a refused card is left alone, no network's limit is passed", _again, _often
    )
    doctor.register("C8", "what was recovered is paid, and tells by what", _recovered)


@breach(lambda row: f"invoice {row.number} is planned for a card that will not do")
def _again() -> sa.Select:
    return (
        sa.select(Invoice.number)
        .join(Dunning, Dunning.invoice_id == Invoice.id)
        .where(
            Dunning.state == "open",
            Dunning.decline_class.in_(sorted(FOR_ANOTHER_CARD)),
            Dunning.next_try_on.is_not(None),
        )
    )


@breach(lambda row: f"invoice {row.invoice_id} was tried {row.tries} times without its member")
def _often() -> sa.Select:
    """An invoice is tried for a month at most: its plan lapses then."""
    late = PaymentAttempt.n > MOST_IN_30_DAYS
    many = sa.select(PaymentAttempt.invoice_id).where(late, PaymentAttempt.kind == "off_session")
    return (
        sa.select(PaymentAttempt.invoice_id, sa.func.count().label("tries"))
        .where(PaymentAttempt.invoice_id.in_(many), PaymentAttempt.kind == "off_session")
        .group_by(PaymentAttempt.invoice_id)
        .having(sa.func.count() > MOST_IN_30_DAYS)
    )


@breach(lambda row: f"the recovery of invoice {row.number} says {row.state}, the invoice does not")
def _recovered() -> sa.Select:
    untold = (Dunning.state == "recovered") != Dunning.recovered_by.is_not(None)
    unpaid = sa.and_(Dunning.state == "recovered", Invoice.state == "open")
    still = sa.and_(Dunning.state == "open", Invoice.state.in_(("paid", "void", "uncollectible")))
    return (
        sa.select(Invoice.number, Dunning.state)
        .join(Dunning, Dunning.invoice_id == Invoice.id)
        .where(sa.or_(untold, unpaid, still))
    )
