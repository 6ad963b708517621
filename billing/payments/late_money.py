"""Money for what no longer asks for it: adopted where it still fits, else held for a person."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from billing.gateway.values import Intent
from billing.models import PaymentAttempt
from billing.payments import attempt_ends, handover, outcomes
from billing.payments.attempt_ends import Settled
from billing.payments.held import Held
from billing.rules.attempt import Verdict
from billing.runs.parking import park
from config.calendar import local_date
from config.db import db


def for_nothing(held: Held, intent: Intent, now: datetime) -> Settled:
    """A success whose claim ended while nobody knew of it: a person gives the money back."""
    attempt_ends.fail(held, "late_money", now)
    attempt_ends.close_intent(held.intent_id, "succeeded")
    _park(held, intent, now)
    if held.invoice_state == "draft":
        handover.abandoned(held, on=local_date(now, held.zone), now=now)
    return Settled(held.attempt_id, "failed", Verdict.SUCCEEDED, changed=True)


def adopt(held: Held, intent: Intent, now: datetime) -> Settled:
    """A success for an attempt that we had closed: adopt it where the invoice still takes it."""
    if held.invoice_state == "open" and fits(held, intent) and not _other_live(held):
        attempt_ends.end(held, "succeeded", intent, now)
        outcomes.succeeded(held, intent, on=local_date(now, held.zone), now=now)
        return Settled(held.attempt_id, "succeeded", Verdict.SUCCEEDED, changed=True)
    if held.paid_charge_id != intent.charge_id:
        _park(held, intent, now)
    return Settled(held.attempt_id, held.state, Verdict.SUCCEEDED, changed=False)


def _park(held: Held, intent: Intent, now: datetime) -> None:
    park(
        "payment",
        str(intent.charge_id),
        code="late_money",
        reason=f"Money arrived for invoice {held.number or 'without number'}, "
        f"which is {held.invoice_state}.",
        location_id=held.location_id,
        now=now,
    )


def fits(held: Held, intent: Intent) -> bool:
    """Whether the invoice still takes this money: it may have been credited meanwhile."""
    owed = held.total_cents - held.paid_cents - held.credited_cents
    asked = held.invoice_state in ("open", "draft") and intent.amount_cents <= owed
    return asked and handover.still_wanted(held)


def _other_live(held: Held) -> bool:
    return bool(
        db.session.scalar(
            sa.select(sa.literal(1)).where(
                PaymentAttempt.invoice_id == held.invoice_id,
                PaymentAttempt.id != held.attempt_id,
                PaymentAttempt.state.in_(["ready", "sending", "action", "succeeded"]),
            )
        )
    )
