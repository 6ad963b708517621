"""Letters and runs: none is left lying."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import sqlalchemy as sa

from billing.models import BillingRun, Dunning, Invoice, PaymentAttempt, WebhookEvent
from config import clock
from config.db import core
from config.doctor import Doctor, breach
from membership.models import Membership


def register(doctor: Doctor) -> None:
    """Add what must be true of letters and runs."""
    doctor.register("W1", "every letter of Stripe's is done or parked", _letters)
    doctor.register("J1", "no run is left claimed and forgotten", _claims, _dead)


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
