"""How an attempt ends: the row of it, and of its intent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gateway.values import Intent
from billing.models import PaymentAttempt, PaymentIntent
from billing.payments.held import Held
from billing.rules import attempt as rule
from billing.rules.attempt import Verdict
from config.base import table_of
from config.db import carry_out
from config.statements import Statement


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an attempt. `verdict` says what its intent told us."""

    attempt_id: UUID
    state: str
    verdict: Verdict
    changed: bool


_ATTEMPT = table_of(PaymentAttempt)
_INTENT = table_of(PaymentIntent)
_END = Statement(
    sa.update(_ATTEMPT)
    .where(_ATTEMPT.c.id == sa.bindparam("attempt"))
    .values(
        state=sa.bindparam("to"),
        lease_token=None,
        lease_until_ms=None,
        known_charge_id=sa.bindparam("known"),
        charge_id=sa.bindparam("paid"),
        decline_code=sa.bindparam("decline"),
        network_code=sa.bindparam("network"),
        advice_code=sa.bindparam("advice"),
        finished_at=sa.bindparam("at"),
    )
)
_CLOSE_INTENT = Statement(
    sa.update(_INTENT)
    .where(_INTENT.c.id == sa.bindparam("intent"))
    .values(state=sa.bindparam("to"))
)


def end(held: Held, state: str, intent: Intent, now: datetime) -> None:
    """Write down the state that an intent brought an attempt to, with its codes."""
    paid = state == "succeeded"
    carry_out(
        _END,
        attempt=held.attempt_id,
        to=state,
        known=intent.charge_id,
        paid=intent.charge_id if paid else held.paid_charge_id,
        decline=None if paid else intent.decline_code,
        network=None if paid else intent.network_code,
        advice=None if paid else intent.advice_code,
        at=now if state in rule.TERMINAL else None,
    )
    if paid:
        close_intent(held.intent_id, "succeeded")


def fail(held: Held, code: str, now: datetime) -> None:
    """Write down that an attempt has failed for a reason of our own."""
    carry_out(
        _END,
        attempt=held.attempt_id,
        to="failed",
        known=held.known_charge_id,
        paid=held.paid_charge_id,
        decline=code,
        network=None,
        advice=None,
        at=now,
    )


def close_intent(intent_id: UUID | None, state: str) -> None:
    """Nothing more is asked through this intent."""
    carry_out(_CLOSE_INTENT, intent=intent_id, to=state)
