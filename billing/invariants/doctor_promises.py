"""Invariants of what is promised back: kept once, by a refund or by a bank, never beyond either."""

from __future__ import annotations

import sqlalchemy as sa

from billing.models import Dispute, KeptByBank, Refund
from config.doctor import Doctor, breach
from membership.models import Charge


def register(doctor: Doctor) -> None:
    """Add the invariants of promises to the doctor."""
    doctor.register("R2", "no promise is sent, or kept by a bank, beyond what it promised", _twice)
    doctor.register("D4", "a bank keeps of promises at most what it took", _kept_beyond)


@breach(lambda row: f"promise {row.id} over {row.promised} is kept by {row.cents}")
def _twice() -> sa.Select:
    promised = -(Charge.net_cents + Charge.tax_cents)
    sent = sa.select(Refund.charge_row_id.label("charge_id"), Refund.amount_cents).where(
        Refund.state != "failed"
    )
    kept = sa.select(KeptByBank.charge_row_id, KeptByBank.amount_cents)
    paid = sent.union_all(kept).subquery()
    cents = sa.func.sum(paid.c.amount_cents)
    return (
        sa.select(Charge.id, promised.label("promised"), cents.label("cents"))
        .join(paid, paid.c.charge_id == Charge.id)
        .group_by(Charge.id, Charge.net_cents, Charge.tax_cents)
        .having(cents > promised)
    )


@breach(lambda row: f"dispute {row.id} keeps {row.cents} of promises, and took {row.took}")
def _kept_beyond() -> sa.Select:
    took = sa.case((Dispute.state == "lost", Dispute.amount_cents), else_=0)
    cents = sa.func.sum(KeptByBank.amount_cents)
    return (
        sa.select(Dispute.id, took.label("took"), cents.label("cents"))
        .join(KeptByBank, KeptByBank.dispute_id == Dispute.id)
        .group_by(Dispute.id, Dispute.state, Dispute.amount_cents)
        .having(cents > took)
    )
