"""Whether Stripe pays out what it took: what has no studio, what waits, what the books say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from billing.accounts import StripeAccount
from billing.models import BalanceTransaction, Payout
from billing.reconciling import unpaid_out
from billing.rules import reconcile as rule
from billing.rules.reconcile import Difference
from config.db import db
from locations.models import Location

_MOVE = BalanceTransaction


def settled_otherwise(account: StripeAccount, settled: datetime) -> Iterator[Difference]:
    """Movements in another currency than their studio's: two amounts that nobody may compare.

    Their fees and payouts are in no books of ours: a person books them at the bank's rate.
    """
    query = (
        sa.select(_MOVE)
        .join(Location, Location.id == _MOVE.location_id)
        .where(
            _MOVE.stripe_account == account.name,
            _MOVE.currency != Location.currency,
            _MOVE.created_at < settled,
        )
    )
    for move in db.session.scalars(query):
        yield Difference(
            "other_currency", move.stripe_id, move.location_id, None, move.net_cents,
            move.currency, f"{move.kind} of {move.created_at:%Y-%m-%d}: {move.source_id}",
        )  # fmt: skip


def unplaced(account: StripeAccount, settled: datetime) -> Iterator[Difference]:
    """Movements that settled and belong to no studio yet."""
    query = sa.select(_MOVE).where(
        _MOVE.stripe_account == account.name,
        _MOVE.booked_on.is_(None),
        _MOVE.location_id.is_(None),
        _MOVE.created_at < settled,
        _MOVE.kind.not_in(rule.BOOKED_ELSEWHERE),
    )
    for move in db.session.scalars(query):
        yield Difference(
            "unplaced", move.stripe_id, None, None, move.net_cents, move.currency,
            f"{move.kind} of {move.created_at:%Y-%m-%d}: {move.source_id}",
        )  # fmt: skip


def unbooked(account: StripeAccount, before: datetime) -> Iterator[Difference]:
    """Payouts that were made before an instant and are not in the books."""
    query = sa.select(Payout).where(
        Payout.stripe_account == account.name,
        Payout.booked_on.is_(None),
        Payout.state.not_in(rule.GONE),
        Payout.created_at < before,
    )
    for payout in db.session.scalars(query):
        why = "it was made by hand"
        if payout.automatic:
            why = "a movement in it has no studio yet, or is in another currency than its studio"
        yield Difference(
            "payout_unbooked", payout.stripe_id, None, None, payout.amount_cents, payout.currency,
            f"Payout of {payout.created_at:%Y-%m-%d}: {why}",
        )  # fmt: skip


def late(account: StripeAccount, before: datetime) -> Iterator[Difference]:
    """Money that became available before an instant and was not paid out: one per location."""
    query = (
        sa.select(
            _MOVE.location_id,
            _MOVE.currency,
            sa.func.count(),
            sa.cast(sa.func.sum(_MOVE.net_cents), sa.BigInteger),
            sa.func.min(_MOVE.available_at),
        )
        .where(
            _MOVE.stripe_account == account.name,
            _MOVE.payout_id.is_(None),
            _MOVE.kind != "payout",
            _MOVE.available_at < before,
        )
        .group_by(_MOVE.location_id, _MOVE.currency)
    )
    for location_id, currency, count, cents, oldest in db.session.execute(query):
        key = f"{account.name}:{location_id or 'nowhere'}:{currency}"
        detail = f"{count} movements, the oldest available since {oldest:%Y-%m-%d}"
        yield Difference("payout_late", key, location_id, None, cents, currency, detail)


def clearing(account: StripeAccount) -> Iterator[Difference]:
    """Locations whose clearing account is not what Stripe holds and has on its way."""
    for standing in unpaid_out.by_location(account):
        if standing.books_cents != standing.expected_cents:
            yield Difference(
                "clearing",
                f"{account.name}:{standing.location_id}",
                standing.location_id,
                standing.books_cents,
                standing.expected_cents,
                standing.currency,
                "The books, against what Stripe holds and what is on its way there",
            )
