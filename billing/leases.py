"""T1: takes an attempt for one worker, writes down what it is about to ask of Stripe.

Nothing is sent that was not stored first: the intent's row, and with it the idempotency key,
exists before the call. Leases run on their own clock, never on business time.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.models import Invoice, PaymentAttempt, PaymentIntent, StripeCustomer
from config.clock import lease_now_ms
from config.db import db, insert_many
from config.ids import new_id
from locations.models import LegalEntity, Location


class LeaseLost(Exception):
    """Too little of the lease is left for another call: somebody else may have it by now."""


class Leased(NamedTuple):
    """An attempt in one worker's hands; the amount is in minor units."""

    attempt_id: UUID
    invoice_id: UUID
    location_id: UUID
    member_id: UUID
    token: UUID
    until_ms: int
    intent_id: UUID
    seq: int
    stripe_id: str | None
    amount_cents: int
    currency: str
    known_charge_id: str | None
    customer_id: str | None
    payment_method_id: str | None

    def require(self, call_ms: int) -> None:
        """Raise LeaseLost unless a call of this length fits into what is left."""
        if lease_now_ms() + call_ms > self.until_ms:
            raise LeaseLost(str(self.attempt_id))


_TAKE = (
    sa.select(
        PaymentAttempt.id,
        PaymentAttempt.state,
        PaymentAttempt.known_charge_id,
        PaymentAttempt.lease_until_ms,
        Invoice.id.label("invoice_id"),
        Invoice.state.label("invoice_state"),
        Invoice.location_id,
        Invoice.member_id,
        Invoice.currency,
        (Invoice.total_cents - Invoice.paid_cents - Invoice.credited_cents).label("due_cents"),
        LegalEntity.stripe_account,
        StripeCustomer.customer_id,
        StripeCustomer.payment_method_id,
    )
    .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
    .join(Location, Location.id == Invoice.location_id)
    .join(LegalEntity, LegalEntity.id == Location.legal_entity_id)
    .outerjoin(
        StripeCustomer,
        sa.and_(
            StripeCustomer.member_id == Invoice.member_id,
            StripeCustomer.stripe_account == LegalEntity.stripe_account,
        ),
    )
    .where(PaymentAttempt.id == sa.bindparam("attempt_id"))
    .with_for_update(of=PaymentAttempt, skip_locked=True)
)
_LIVE = sa.select(PaymentIntent.id, PaymentIntent.seq, PaymentIntent.stripe_id).where(
    PaymentIntent.invoice_id == sa.bindparam("invoice_id"), PaymentIntent.state == "live"
)
_LAST_SEQ = sa.select(sa.func.max(PaymentIntent.seq)).where(
    PaymentIntent.invoice_id == sa.bindparam("invoice_id")
)


def take(attempt_id: UUID, *, lease_ms: int, now: datetime) -> Leased | None:
    """Lease an attempt that is ready, or whose last lease ran out; None if it is not free.

    Runs in the caller's transaction. The same call serves the run and the janitor.
    """
    row = db.session.execute(_TAKE, {"attempt_id": attempt_id}).first()
    now_ms = lease_now_ms()
    if row is None or not _is_free(row, now_ms) or row.invoice_state not in ("open", "draft"):
        return None
    intent_id, seq, stripe_id = _live_intent(row, now)
    token, until_ms = new_id(), now_ms + lease_ms
    db.session.execute(
        sa.update(PaymentAttempt)
        .where(PaymentAttempt.id == attempt_id)
        .values(
            state="sending",
            lease_token=token,
            lease_until_ms=until_ms,
            sent_at=now,
            intent_id=intent_id,
        )
    )
    return Leased(
        attempt_id=attempt_id,
        invoice_id=row.invoice_id,
        location_id=row.location_id,
        member_id=row.member_id,
        token=token,
        until_ms=until_ms,
        intent_id=intent_id,
        seq=seq,
        stripe_id=stripe_id,
        amount_cents=row.due_cents,
        currency=row.currency,
        known_charge_id=row.known_charge_id,
        customer_id=row.customer_id,
        payment_method_id=row.payment_method_id,
    )


def store_stripe_id(leased: Leased, stripe_id: str) -> str:
    """S1: keep the intent's id if none is kept yet; returns the one that won."""
    db.session.execute(
        sa.update(PaymentIntent)
        .where(PaymentIntent.id == leased.intent_id, PaymentIntent.stripe_id.is_(None))
        .values(stripe_id=stripe_id)
    )
    kept = db.session.scalar(
        sa.select(PaymentIntent.stripe_id).where(PaymentIntent.id == leased.intent_id)
    )
    assert kept is not None
    return kept


def hand_back(leased: Leased) -> None:
    """End the lease early: the attempt stays *sending*, for the janitor to look at first."""
    db.session.execute(
        sa.update(PaymentAttempt)
        .where(
            PaymentAttempt.id == leased.attempt_id,
            PaymentAttempt.lease_token == leased.token,
            PaymentAttempt.state == "sending",
        )
        .values(lease_until_ms=0)
    )


def _is_free(row: sa.Row, now_ms: int) -> bool:
    if row.state == "ready":
        return True
    return row.state == "sending" and (row.lease_until_ms or 0) <= now_ms


def _live_intent(row: sa.Row, now: datetime) -> tuple[UUID, int, str | None]:
    key = {"invoice_id": row.invoice_id}
    live = db.session.execute(_LIVE, key).first()
    if live is not None:
        return live.id, live.seq, live.stripe_id
    seq = (db.session.scalar(_LAST_SEQ, key) or 0) + 1
    made = {
        "id": new_id(),
        "invoice_id": row.invoice_id,
        "seq": seq,
        "state": "live",
        "stripe_account": row.stripe_account,
        "amount_cents": row.due_cents,
        "currency": row.currency,
        "created_at": now,
    }
    insert_many(PaymentIntent, [made])
    return made["id"], seq, None
