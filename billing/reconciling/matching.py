"""The three-way match: the books, our own rows, and what Stripe's balance says. Reads only.

Movements were imported before; what settled within the last hour is left to the next look.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from billing.accounts import StripeAccount
from billing.models import (
    BalanceTransaction,
    Dispute,
    Invoice,
    Payment,
    PaymentAttempt,
    PaymentIntent,
    Refund,
)
from billing.reconciling import payout_matching
from billing.rules import reconcile as rule
from billing.rules.reconcile import Difference
from config.db import db

_MOVE = BalanceTransaction


def differences(
    account: StripeAccount, *, asked_at: datetime, payout_days: int
) -> Iterator[Difference]:
    """Every difference of an account, as of the instant at which Stripe was asked.

    `payout_days` lie between two payouts of its schedule.
    """
    settled = asked_at - rule.SETTLING
    yield from _charges(account, settled)
    yield from _refunds(account, settled)
    yield from _disputes(account, settled)
    yield from payout_matching.settled_otherwise(account, settled)
    yield from payout_matching.unplaced(account, settled)
    yield from payout_matching.unbooked(account, asked_at - rule.BOOKING)
    yield from payout_matching.late(account, asked_at - rule.LATE - timedelta(days=payout_days))
    yield from payout_matching.clearing(account)


def _charges(account: StripeAccount, settled: datetime) -> Iterator[Difference]:
    at_stripe = (
        sa.select(_MOVE, Payment.amount_cents.label("ours"))
        .outerjoin(Payment, Payment.charge_id == _MOVE.source_id)
        .where(
            _MOVE.stripe_account == account.name,
            _MOVE.kind.in_(rule.CHARGES),
            _MOVE.created_at < settled,
            sa.or_(
                Payment.id.is_(None),
                sa.and_(
                    Payment.currency == _MOVE.currency,
                    Payment.amount_cents != _MOVE.amount_cents,
                ),
            ),
        )
    )
    for move, ours in db.session.execute(at_stripe):
        kind = "unknown_charge" if ours is None else "charge_differs"
        yield _about(kind, move, ours)
    missing = (
        sa.select(Payment, Invoice.location_id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .join(PaymentAttempt, PaymentAttempt.id == Payment.attempt_id)
        .join(PaymentIntent, PaymentIntent.id == PaymentAttempt.intent_id)
        .where(
            PaymentIntent.stripe_account.in_(account.names),
            Payment.received_at < settled,
            ~sa.exists().where(_MOVE.source_id == Payment.charge_id),
        )
    )
    for paid, location_id in db.session.execute(missing):
        detail = f"Payment {paid.id} of {paid.received_on}"
        key, cents = str(paid.charge_id), paid.amount_cents
        yield Difference("charge_missing", key, location_id, cents, None, paid.currency, detail)


def _refunds(account: StripeAccount, settled: datetime) -> Iterator[Difference]:
    moved = _sums(account, rule.REFUNDS, settled)
    query = (
        sa.select(moved, Refund.location_id, Refund.state, Refund.amount_cents)
        .outerjoin(Refund, Refund.stripe_id == moved.c.source_id)
        .where(sa.func.coalesce(Refund.currency, moved.c.currency) == moved.c.currency)
    )
    for row in db.session.execute(query):
        if row.state is None:
            yield _summed("unknown_refund", row, None, None)
        elif row.state in ("succeeded", "failed"):
            ours = -row.amount_cents if row.state == "succeeded" else 0
            if ours != row.cents:
                yield _summed("refund_differs", row, row.location_id, ours)
    missing = sa.select(Refund).where(
        Refund.stripe_account.in_(account.names),
        Refund.state == "succeeded",
        Refund.stripe_id.is_not(None),
        Refund.finished_at < settled,
        ~sa.exists().where(_MOVE.source_id == Refund.stripe_id),
    )
    for refund in db.session.scalars(missing):
        detail = f"Refund {refund.id} of {refund.finished_on}"
        key, cents, at = str(refund.stripe_id), -refund.amount_cents, refund.location_id
        yield Difference("refund_missing", key, at, cents, None, refund.currency, detail)


def _disputes(account: StripeAccount, settled: datetime) -> Iterator[Difference]:
    moved = _sums(account, rule.DISPUTES, settled)
    query = (
        sa.select(moved, Dispute.location_id, Dispute.state, Dispute.amount_cents)
        .outerjoin(Dispute, Dispute.stripe_id == moved.c.source_id)
        .where(sa.func.coalesce(Dispute.currency, moved.c.currency) == moved.c.currency)
    )
    for row in db.session.execute(query):
        if row.state is None:
            yield _summed("unknown_dispute", row, None, None)
        elif (ours := rule.expected_of_dispute(row.state, row.amount_cents)) != row.cents:
            yield _summed("dispute_differs", row, row.location_id, ours)


def _sums(account: StripeAccount, kinds: frozenset[str], settled: datetime) -> sa.Subquery:
    """What moved by source, of those whose newest movement has settled."""
    return (
        sa.select(
            _MOVE.source_id,
            _MOVE.currency,
            sa.cast(sa.func.sum(_MOVE.amount_cents), sa.BigInteger).label("cents"),
        )
        .where(_MOVE.stripe_account == account.name, _MOVE.kind.in_(kinds))
        .group_by(_MOVE.source_id, _MOVE.currency)
        .having(sa.func.max(_MOVE.created_at) < settled)
        .subquery()
    )


def _about(kind: rule.BreakKind, move: BalanceTransaction, ours: int | None) -> Difference:
    detail = f"{move.kind} of {move.created_at:%Y-%m-%d}"
    return Difference(
        kind, move.source_id, move.location_id, ours, move.amount_cents, move.currency, detail
    )


def _summed(
    kind: rule.BreakKind, row: sa.Row, location_id: UUID | None, ours: int | None
) -> Difference:
    return Difference(kind, row.source_id, location_id, ours, row.cents, row.currency, "")
