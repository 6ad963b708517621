"""What lies at Stripe per location: in the books, by Stripe's own movements, and on its way.

The three always fit: books = movements not paid out + what Stripe's balance has yet to tell.
Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from billing.accounts import StripeAccount
from billing.models import (
    BalanceTransaction,
    Dispute,
    Invoice,
    Payment,
    Payout,
    ReconcileRun,
    Refund,
)
from billing.rules import reconcile as rule
from billing.rules.dispute import HELD
from config.db import db
from locations.models import LedgerMonth, Location

_MOVE = BalanceTransaction


@dataclass(frozen=True, slots=True)
class Standing:
    """A location's money at Stripe, in minor units.

    `books_cents` is the account stripe_clearing, `stripe_cents` the net of movements that no
    payout has taken, `coming_cents` what our rows tell and Stripe's balance does not yet.
    """

    location_id: UUID
    currency: str
    books_cents: int
    stripe_cents: int
    coming_cents: int

    @property
    def expected_cents(self) -> int:
        """What the books should hold."""
        return self.stripe_cents + self.coming_cents


def by_location(account: StripeAccount) -> list[Standing]:
    """Where each location of an account stands, in the order of their keys."""
    ids = list(account.zones)
    asked = sa.select(Location.id, Location.currency).where(Location.id.in_(ids))
    currencies = {row.id: row.currency for row in db.session.execute(asked)}
    books, stripe = _books(ids), _stripe(account)
    coming = [_payments(account, ids), _refunds(ids), _disputes(ids)]
    return [
        Standing(
            one,
            currencies[one],
            books.get(one, 0),
            stripe.get(one, 0),
            sum(part.get(one, 0) for part in coming),
        )
        for one in sorted(ids)
    ]


def _books(ids: list[UUID]) -> Mapping[UUID, int]:
    return _summed(
        sa.select(LedgerMonth.location_id, LedgerMonth.debit_cents - LedgerMonth.credit_cents)
        .where(LedgerMonth.account == "stripe_clearing", LedgerMonth.location_id.in_(ids))
    )  # fmt: skip


def _stripe(account: StripeAccount) -> Mapping[UUID, int]:
    """Movements whose money is not at the bank, whether in no payout, or in one that came back.

    Its fee is booked, and with it a movement is known to the books.
    """
    known = (
        _MOVE.stripe_account == account.name,
        _MOVE.location_id.is_not(None),
        _MOVE.booked_on.is_not(None),
    )
    cents = sa.select(_MOVE.location_id, _MOVE.net_cents)
    in_none = cents.where(*known, _MOVE.payout_id.is_(None))
    in_vain = cents.where(*known, _MOVE.payout_id.in_(_not_at_the_bank(account)))
    return _summed(in_none.union_all(in_vain))


def _not_at_the_bank(account: StripeAccount) -> sa.Select:
    """Payouts that are not booked, or that came back and have not left again with another."""
    returned, again = aliased(_MOVE), aliased(Payout)
    left_again = sa.exists().where(
        returned.kind.in_(rule.PAYOUT_KINDS - {"payout"}),
        returned.source_id == Payout.stripe_id,
        again.id == returned.payout_id,
        again.booked_on.is_not(None),
    )
    came_back = sa.and_(Payout.failed_on.is_not(None), ~left_again)
    return sa.select(Payout.id).where(
        Payout.stripe_account == account.name, sa.or_(Payout.booked_on.is_(None), came_back)
    )


def _payments(account: StripeAccount, ids: list[UUID]) -> Mapping[UUID, int]:
    """Those of the last days: what Stripe has not told of by then is a difference."""
    last = db.session.scalar(
        sa.select(sa.func.max(ReconcileRun.seen_until)).where(
            ReconcileRun.stripe_account == account.name, ReconcileRun.finished_at.is_not(None)
        )
    )
    recent = sa.true() if last is None else Payment.received_at >= last - rule.OVERLAP
    return _summed(
        sa.select(Invoice.location_id, Payment.amount_cents)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(
            recent,
            Payment.tender == "card",
            Invoice.location_id.in_(ids),
            ~_told(Payment.charge_id),
        )
    )


def _refunds(ids: list[UUID]) -> Mapping[UUID, int]:
    return _summed(
        sa.select(Refund.location_id, -Refund.amount_cents).where(
            Refund.tender == "card",
            Refund.state == "succeeded",
            Refund.location_id.in_(ids),
            ~_told(Refund.stripe_id),
        )
    )


def _disputes(ids: list[UUID]) -> Mapping[UUID, int]:
    """Its amount leaves when it opens and comes back when it is won: each told on its own."""
    told = (
        sa.select(sa.func.coalesce(sa.func.sum(_MOVE.amount_cents), 0))
        .where(_MOVE.source_id == Dispute.stripe_id, _MOVE.booked_on.is_not(None))
        .scalar_subquery()
    )
    held = sa.case((Dispute.state.in_(HELD), -Dispute.amount_cents), else_=0)
    return _summed(sa.select(Dispute.location_id, held - told).where(Dispute.location_id.in_(ids)))


def _told(stripe_id: InstrumentedAttribute[str | None]) -> sa.Exists:
    return sa.exists().where(_MOVE.source_id == stripe_id, _MOVE.booked_on.is_not(None))


def _summed(rows: sa.Select | sa.CompoundSelect) -> Mapping[UUID, int]:
    """Cents per location of a query that gives both."""
    location_id, cents = rows.subquery().c
    total = sa.cast(sa.func.sum(cents), sa.BigInteger)
    asked = sa.select(location_id, total.label("cents")).group_by(location_id)
    return {row[0]: row.cents for row in db.session.execute(asked)}
