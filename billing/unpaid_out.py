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
from billing.models import BalanceTransaction, Dispute, Invoice, Payment, Payout, Refund
from billing.rules import reconcile as rule
from config.db import db
from locations.models import LedgerRollup, Location

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
    coming = [_payments(ids), _refunds(ids), _disputes(ids)]
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
        sa.select(LedgerRollup.location_id, LedgerRollup.debit_cents - LedgerRollup.credit_cents)
        .where(LedgerRollup.account == "stripe_clearing", LedgerRollup.location_id.in_(ids))
    )  # fmt: skip


def _stripe(account: StripeAccount) -> Mapping[UUID, int]:
    """Movements whose money is not at the bank, whether in no payout, or in one that came back."""
    returned = aliased(_MOVE)
    paid_by = aliased(Payout)
    back_again = (
        sa.exists()
        .where(
            returned.kind.in_(rule.PAYOUT_KINDS - {"payout"}),
            returned.source_id == Payout.stripe_id,
            paid_by.id == returned.payout_id,
            paid_by.booked_on.is_not(None),
        )
    )  # fmt: skip
    at_the_bank = sa.and_(
        Payout.booked_on.is_not(None), sa.or_(Payout.failed_on.is_(None), back_again)
    )
    # Its fee is booked, and with it the movement is known to the books.
    return _summed(
        sa.select(_MOVE.location_id, _MOVE.net_cents)
        .outerjoin(Payout, Payout.id == _MOVE.payout_id)
        .where(
            _MOVE.stripe_account == account.name,
            _MOVE.location_id.is_not(None),
            _MOVE.booked_on.is_not(None),
            sa.or_(_MOVE.payout_id.is_(None), ~at_the_bank),
        )
    )


def _payments(ids: list[UUID]) -> Mapping[UUID, int]:
    return _summed(
        sa.select(Invoice.location_id, Payment.amount_cents)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(
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
    held = sa.case((Dispute.state == "won", 0), else_=-Dispute.amount_cents)
    return _summed(sa.select(Dispute.location_id, held - told).where(Dispute.location_id.in_(ids)))


def _told(stripe_id: InstrumentedAttribute[str | None]) -> sa.Exists:
    return sa.exists().where(_MOVE.source_id == stripe_id, _MOVE.booked_on.is_not(None))


def _summed(rows: sa.Select) -> Mapping[UUID, int]:
    """Cents per location of a query that gives both."""
    location_id, cents = rows.subquery().c
    total = sa.cast(sa.func.sum(cents), sa.BigInteger)
    asked = sa.select(location_id, total.label("cents")).group_by(location_id)
    return {row[0]: row.cents for row in db.session.execute(asked)}
