"""T1: takes an attempt for one worker, writes down what it is about to ask of Stripe.

Nothing is sent that was not stored first: the intent's row, and with it the idempotency key,
exists before the call. Leases run on their own clock, never on business time.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.models import Invoice, PaymentAttempt, StripeCustomer
from billing.payments import live_intents
from billing.rules.adoption import source_key
from config.base import table_of
from config.clock import lease_now_ms
from config.db import carry_out, db, first_row
from config.ids import new_id
from config.statements import Statement
from locations.models import LegalEntity, Location
from membership.models import MembershipPeriod


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
    stripe_account: str
    reason: str
    source_key: str

    def require(self, call_ms: int) -> None:
        """Raise LeaseLost unless a call of this length fits into what is left."""
        if lease_now_ms() + call_ms > self.until_ms:
            raise LeaseLost(str(self.attempt_id))


class _Taken(NamedTuple):
    """What is read of an attempt to lease it, in the order of _TAKE."""

    state: str
    known_charge_id: str | None
    lease_until_ms: int | None
    invoice_id: UUID
    invoice_state: str
    location_id: UUID
    member_id: UUID
    currency: str
    due_cents: int
    stripe_account: str
    customer_id: str | None
    payment_method_id: str | None
    reason: str
    source_id: UUID
    membership_id: UUID | None
    consent_id: UUID | None
    period_start: date | None


_ATTEMPT = table_of(PaymentAttempt)
_INVOICE = table_of(Invoice)
_CUSTOMER = table_of(StripeCustomer)
_LOCATION = table_of(Location)
_ENTITY = table_of(LegalEntity)
_PERIOD = table_of(MembershipPeriod)
_OWED = _INVOICE.c.total_cents - _INVOICE.c.paid_cents - _INVOICE.c.credited_cents
_TAKE = Statement(
    sa.select(
        _ATTEMPT.c.state,
        _ATTEMPT.c.known_charge_id,
        _ATTEMPT.c.lease_until_ms,
        _INVOICE.c.id,
        _INVOICE.c.state,
        _INVOICE.c.location_id,
        _INVOICE.c.member_id,
        _INVOICE.c.currency,
        _OWED,
        _ENTITY.c.stripe_account,
        _CUSTOMER.c.customer_id,
        # A card that its bank will never accept again is as good as none.
        sa.case((_CUSTOMER.c.card_refused_code.is_(None), _CUSTOMER.c.payment_method_id)),
        _INVOICE.c.reason,
        _INVOICE.c.source_id,
        _INVOICE.c.membership_id,
        _INVOICE.c.consent_id,
        _PERIOD.c.start,
    )
    .select_from(_ATTEMPT)
    .join(_INVOICE, _INVOICE.c.id == _ATTEMPT.c.invoice_id)
    .join(_LOCATION, _LOCATION.c.id == _INVOICE.c.location_id)
    .join(_ENTITY, _ENTITY.c.id == _LOCATION.c.legal_entity_id)
    .outerjoin(
        _CUSTOMER,
        sa.and_(
            _CUSTOMER.c.member_id == _INVOICE.c.member_id,
            _CUSTOMER.c.stripe_account == _ENTITY.c.stripe_account,
        ),
    )
    .outerjoin(_PERIOD, _PERIOD.c.id == _INVOICE.c.source_id)
    .where(_ATTEMPT.c.id == sa.bindparam("attempt_id"))
    .with_for_update(of=_ATTEMPT, skip_locked=True)
)
_LEASE = Statement(
    sa.update(_ATTEMPT)
    .where(_ATTEMPT.c.id == sa.bindparam("attempt"))
    .values(
        state="sending",
        lease_token=sa.bindparam("token"),
        lease_until_ms=sa.bindparam("until_ms"),
        sent_at=sa.bindparam("at"),
        intent_id=sa.bindparam("intent"),
    )
)


def take(attempt_id: UUID, *, lease_ms: int, now: datetime) -> Leased | None:
    """Lease an attempt that is ready, or whose last lease ran out; None if it is not free.

    Runs in the caller's transaction. The same call serves the run and the janitor.
    """
    found = first_row(_TAKE, attempt_id=attempt_id)
    now_ms = lease_now_ms()
    row = None if found is None else _Taken._make(found)
    if row is None or not _is_free(row, now_ms) or row.invoice_state not in ("open", "draft"):
        return None
    live = live_intents.of_invoice(
        row.invoice_id,
        due_cents=row.due_cents,
        currency=row.currency,
        stripe_account=row.stripe_account,
        now=now,
    )
    token, until_ms = new_id(), now_ms + lease_ms
    carry_out(_LEASE, attempt=attempt_id, token=token, until_ms=until_ms, at=now, intent=live.id)
    return Leased(
        attempt_id=attempt_id,
        invoice_id=row.invoice_id,
        location_id=row.location_id,
        member_id=row.member_id,
        token=token,
        until_ms=until_ms,
        intent_id=live.id,
        seq=live.seq,
        stripe_id=live.stripe_id,
        amount_cents=row.due_cents,
        currency=row.currency,
        known_charge_id=row.known_charge_id,
        customer_id=row.customer_id,
        payment_method_id=row.payment_method_id,
        stripe_account=live.stripe_account,
        reason=row.reason,
        source_key=source_key(
            row.reason,
            source_id=row.source_id,
            membership_id=row.membership_id,
            consent_id=row.consent_id,
            period_start=row.period_start,
        ),
    )


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


def _is_free(row: _Taken, now_ms: int) -> bool:
    if row.state == "ready":
        return True
    return row.state == "sending" and (row.lease_until_ms or 0) <= now_ms
