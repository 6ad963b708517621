"""Looks at what is unknown, and at what waits for a member, until it is known. An edge.

The worker that began may be dead; nothing here depends on it. No timer fails an attempt.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown, Throttled
from billing.models import Invoice, PaymentAttempt, PaymentIntent, StripeCustomer
from billing.payments import hosted, leases, payments
from billing.payments.charge import charge
from billing.payments.collect import collect_now, collecting
from billing.rules.janitor import look_due
from billing.rules.keys import of_this_minute
from config import clock
from config.db import db, run_txn

ACTION_DEADLINE = timedelta(days=7)
PAGE = 500


def look(*, limit: int = PAGE) -> Counter[str]:
    """Look once at every attempt whose time for it has come; counts by what became of it."""
    counts: Counter[str] = Counter()
    now_ms = clock.lease_now_ms()
    for attempt_id, looks, looked_at_ms in _unknown(now_ms, limit):
        if look_due(looks=looks, looked_at_ms=looked_at_ms, now_ms=now_ms):
            counts[_look_at_unknown(attempt_id)] += 1
    for attempt_id, looks, looked_at_ms in _waiting(limit):
        if look_due(looks=looks, looked_at_ms=looked_at_ms, now_ms=now_ms):
            counts[_look_at_waiting(attempt_id)] += 1
    return counts


def _unknown(now_ms: int, limit: int) -> list[sa.Row]:
    return _looks(limit, PaymentAttempt.state == "sending", PaymentAttempt.lease_until_ms <= now_ms)


def _waiting(limit: int) -> list[sa.Row]:
    return _looks(limit, PaymentAttempt.state == "action")


def _looks(limit: int, *where: sa.ColumnElement[bool]) -> list[sa.Row]:
    oldest = PaymentAttempt.looked_at_ms.nulls_first()
    query = sa.select(PaymentAttempt.id, PaymentAttempt.looks, PaymentAttempt.looked_at_ms)
    return list(
        db.session.execute(query.where(*where).order_by(oldest, PaymentAttempt.id).limit(limit))
    )


def _look_at_unknown(attempt_id: UUID) -> str:
    with_what = collecting()
    now = clock.now()
    if not with_what.look_back.may_charge(attempt_id, gateway=with_what.gateway, now=now):
        return "unknown"

    def take() -> leases.Leased | None:
        _looked(attempt_id)
        return leases.take(attempt_id, lease_ms=with_what.lease_ms, now=now)

    leased = run_txn(take)
    if leased is None:
        return "taken"
    pacer = with_what.pacer_at(leased.stripe_account)
    settled = charge(leased, gateway=with_what.gateway, pacer=pacer)
    return settled.state if settled else "unknown"


def _look_at_waiting(attempt_id: UUID) -> str:
    run_txn(lambda: _looked(attempt_id))
    gateway = collecting().gateway
    row = db.session.execute(
        sa.select(
            PaymentAttempt.kind,
            PaymentAttempt.sent_at,
            PaymentAttempt.created_at,
            PaymentIntent.stripe_id,
            PaymentIntent.session_id,
            PaymentIntent.id,
            PaymentIntent.stripe_account,
            PaymentAttempt.invoice_id,
            StripeCustomer.payment_method_id.label("card_id"),
        )
        .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
        .outerjoin(PaymentIntent, PaymentIntent.id == PaymentAttempt.intent_id)
        .outerjoin(
            StripeCustomer,
            sa.and_(
                StripeCustomer.member_id == Invoice.member_id,
                StripeCustomer.stripe_account == PaymentIntent.stripe_account,
            ),
        )
        .where(PaymentAttempt.id == attempt_id)
    ).one()
    try:
        if row.session_id is not None:
            hosted.finish(row.session_id, gateway=gateway, now=clock.now())
            return "session"
        if row.stripe_id is not None:
            return _look_at_action(attempt_id, row, gateway.at(row.stripe_account))
        if row.kind == "checkout" and hosted.close_if_unseen(attempt_id, now=clock.now()):
            return "session"
    except (OutcomeUnknown, Throttled, GatewayRefused):
        return "unknown"
    return "waiting"


def _look_at_action(attempt_id: UUID, row: sa.Row, gateway: Gateway) -> str:
    """A member was asked to confirm: did they? After the deadline the intent is cancelled.

    At once where another card is there meanwhile, which then pays: Stripe was silent when the
    card was entered.
    """
    now = clock.now()
    seen = gateway.retrieve_intent(row.stripe_id)
    replaced = None not in (row.card_id, seen.payment_method_id)
    replaced = replaced and row.card_id != seen.payment_method_id
    if replaced or now - (row.sent_at or row.created_at) > ACTION_DEADLINE:
        seen = gateway.cancel_intent(row.stripe_id, key=of_this_minute(f"cx:{row.id}", now))
    settled = payments.settle(attempt_id, seen, now=now)
    if replaced and settled.state == "failed":
        collect_now(row.invoice_id)
    return settled.state


def _looked(attempt_id: UUID) -> None:
    db.session.execute(
        sa.update(PaymentAttempt)
        .where(PaymentAttempt.id == attempt_id)
        .values(looks=PaymentAttempt.looks + 1, looked_at_ms=clock.lease_now_ms())
    )
