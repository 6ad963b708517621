"""Invariants of money on its way to the bank: fees, payouts, and what lies at Stripe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from billing import accounts
from billing.models import BalanceTransaction, Payout, ReconcileRun
from billing.payments.collect import collecting
from billing.reconciling import unpaid_out
from billing.rules import reconcile as rule
from config.db import db
from config.doctor import Doctor, breach, differing
from config.settings import Settings
from locations.models import JournalEntry, Posting

_MOVE = BalanceTransaction


def register(doctor: Doctor) -> None:
    """Add the invariants of payouts to the doctor."""
    doctor.register("PO1", "Stripe's fees are booked as it took them, per location", _fees)
    doctor.register("PO2", "a payout is the sum of its movements, and booked so", _sums, _booked)
    doctor.register("PO3", "money at Stripe = movements not paid out + those to come", _clearing)
    doctor.register("L6-payouts", "what is available at Stripe is paid out in time", _late)


@breach(lambda row: f"processor_fees of {row.location_id} is {row.said}, should be {row.meant}")
def _fees() -> sa.Select:
    posted = (
        sa.select(Posting.location_id, Posting.amount_cents)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.account == "processor_fees", JournalEntry.kind == "processor_fee")
    )
    cost = sa.case(
        (_MOVE.kind.in_(sorted(rule.BOOKED_ELSEWHERE)), _MOVE.fee_cents), else_=-_MOVE.net_cents
    )
    taken = sa.select(_MOVE.location_id, cost).where(
        _MOVE.booked_on.is_not(None), _MOVE.location_id.is_not(None)
    )
    return differing(posted, taken)


@breach(lambda row: f"payout {row.stripe_id} brings {row.amount_cents}, its movements {row.net}")
def _sums() -> sa.Select:
    net = sa.cast(sa.func.sum(_MOVE.net_cents), sa.BigInteger).label("net")
    return (
        sa.select(Payout.stripe_id, Payout.amount_cents, net)
        .join(_MOVE, _MOVE.payout_id == Payout.id)
        .where(Payout.booked_on.is_not(None), _MOVE.kind != "payout")
        .group_by(Payout.id, Payout.stripe_id, Payout.amount_cents)
        .having(sa.func.sum(_MOVE.net_cents) != Payout.amount_cents)
    )


@breach(
    lambda row: f"payout {row.stripe_id} is booked as {row.cents}, it brought {row.amount_cents}"
)
def _booked() -> sa.Select:
    in_bank = (
        sa.select(JournalEntry.source_id, sa.func.sum(Posting.amount_cents).label("cents"))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(JournalEntry.kind == "payout", Posting.account == "bank")
        .group_by(JournalEntry.source_id)
        .subquery()
    )
    cents = sa.cast(sa.func.coalesce(in_bank.c.cents, 0), sa.BigInteger)
    return (
        sa.select(Payout.stripe_id, Payout.amount_cents, cents.label("cents"))
        .outerjoin(in_bank, in_bank.c.source_id == Payout.id)
        .where(Payout.booked_on.is_not(None), cents != Payout.amount_cents)
    )


def _clearing() -> Iterable[str]:
    """Of accounts that were looked at once; before that, there is nothing to compare with."""
    looked_at = set(db.session.scalars(sa.select(ReconcileRun.stripe_account)))
    if not looked_at:
        return
    for account in accounts.in_use(collecting().gateway):
        for one in unpaid_out.by_location(account) if account.name in looked_at else ():
            if one.books_cents != one.expected_cents:
                yield (
                    f"stripe_clearing of {one.location_id} is {one.books_cents}, Stripe tells of "
                    f"{one.stripe_cents} and {one.coming_cents} are to come"
                )


def _late() -> Iterator[str]:
    """As of the last look at each account: what it did not see may have left since."""
    settings: Settings = current_app.extensions["taper.settings"]
    wait = rule.LATE + timedelta(days=settings.stripe_payout_days)
    looks = (
        sa.select(ReconcileRun.stripe_account, sa.func.max(ReconcileRun.seen_until).label("at"))
        .where(ReconcileRun.finished_at.is_not(None))
        .group_by(ReconcileRun.stripe_account)
    )
    for look in db.session.execute(looks).all():
        waiting = (
            sa.select(_MOVE.stripe_id, _MOVE.net_cents, _MOVE.available_at)
            .where(
                _MOVE.stripe_account == look.stripe_account,
                _MOVE.payout_id.is_(None),
                _MOVE.kind != "payout",
                _MOVE.available_at < look.at - wait,
            )
            .order_by(_MOVE.available_at)
        )
        for row in db.session.execute(waiting):
            yield f"{row.stripe_id} of {row.net_cents} is not paid out since {row.available_at}"
