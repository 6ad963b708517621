"""Payouts: what Stripe sent to the bank, what each is made of, and its entry in the books.

A payout is booked once every movement in it belongs to a location and they sum to what it
brings. One that the bank sends back is taken back by an opposite entry.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import BalanceMove, PayoutSeen
from billing.models import BalanceTransaction, Payout
from billing.reconciling import balance
from billing.rules import reconcile as rule
from config.calendar import local_date
from config.db import db
from config.ids import new_id
from locations import ledger
from locations.models import Location
from locations.rules import payouts
from locations.upsert import insert_or


def keep(stripe_account: str, seen: Sequence[PayoutSeen]) -> None:
    """Store payouts as they stand now, in the caller's transaction."""
    for one in seen:
        row = {
            "id": new_id(),
            "stripe_id": one.id,
            "stripe_account": stripe_account,
            "state": one.state,
            "amount_cents": one.amount_cents,
            "currency": one.currency,
            "created_at": datetime.fromtimestamp(one.created, UTC),
            "arrives_on": datetime.fromtimestamp(one.arrives, UTC).date(),
            "automatic": one.automatic,
            "booked_on": None,
            "failed_on": None,
        }
        now = {"state": one.state, "arrives_on": row["arrives_on"]}
        insert = insert_or(Payout).values(row)
        db.session.execute(insert.on_conflict_do_update(index_elements=["stripe_id"], set_=now))


def unexplained(stripe_account: str) -> list[Payout]:
    """Automatic payouts that are not booked and not gone: Stripe tells what they are made of."""
    return list(
        db.session.scalars(
            sa.select(Payout)
            .where(
                Payout.stripe_account == stripe_account,
                Payout.booked_on.is_(None),
                Payout.state.not_in(rule.GONE),
                Payout.automatic,
            )
            .order_by(Payout.created_at, Payout.id)
            .execution_options(populate_existing=True)
        )
    )


def keep_make_up(payout: Payout, moves: Sequence[BalanceMove]) -> None:
    """Write down what a payout is made of, in the caller's transaction."""
    balance.keep(payout.stripe_account, moves)
    db.session.execute(
        sa.update(BalanceTransaction)
        .where(BalanceTransaction.stripe_id.in_([move.id for move in moves]))
        .values(payout_id=payout.id)
    )


def book(payout_id: UUID, *, zones: Mapping[UUID, str], now: datetime) -> bool:
    """Book a payout in the caller's transaction, if all that it is made of is known."""
    payout = _locked(payout_id)
    if payout.booked_on is not None:
        return False
    parts = make_up(payout)
    if parts is None or sum(parts.values()) != payout.amount_cents:
        return False
    if _is_foreign(parts, payout.currency):
        return False
    payout.booked_on = on = _day(payout.created_at, parts, zones)
    db.session.flush()
    entry = payouts.payout(payout_id=payout.id, on=on, currency=payout.currency, parts=parts)
    ledger.post([entry], now=now)
    return True


def make_up(payout: Payout) -> dict[UUID, int] | None:
    """What a payout brings each location, in minor units; None while a movement has no place.

    One that returns a failed payout belongs where that one had gone.
    """
    rows = db.session.execute(
        sa.select(
            BalanceTransaction.kind,
            BalanceTransaction.source_id,
            BalanceTransaction.location_id,
            BalanceTransaction.net_cents,
        ).where(BalanceTransaction.payout_id == payout.id)
    ).all()
    parts: dict[UUID, int] = {}
    for kind, source_id, location_id, net_cents in rows:
        if kind == "payout":
            continue
        if location_id is not None:
            parts[location_id] = parts.get(location_id, 0) + net_cents
        elif not _add_returned(parts, kind, source_id):
            return None
    return parts


def gone(stripe_account: str) -> list[UUID]:
    """Payouts that were booked and that the bank has sent back since."""
    return list(
        db.session.scalars(
            sa.select(Payout.id).where(
                Payout.stripe_account == stripe_account,
                Payout.booked_on.is_not(None),
                Payout.failed_on.is_(None),
                Payout.state.in_(rule.GONE),
            )
        )
    )


def take_back(payout_id: UUID, *, on: date, now: datetime) -> bool:
    """The opposite of a payout's entry, once; in the caller's transaction."""
    payout = _locked(payout_id)
    entry = ledger.entry_for(payout_id, "payout")
    if payout.failed_on is not None or entry is None:
        return False
    payout.failed_on = on
    db.session.flush()
    back = payouts.payout_failed(
        payout_id=payout_id,
        on=on,
        currency=payout.currency,
        legs=ledger.legs_of([entry.id])[entry.id],
        corrects_id=entry.id,
        reason=f"The bank sent payout {payout.stripe_id} back: {payout.state}.",
    )
    ledger.post([back], now=now)
    return True


def _is_foreign(location_ids: Collection[UUID], currency: str) -> bool:
    """Whether one of these locations keeps its books in another currency."""
    query = sa.select(Location.id).where(
        Location.id.in_(location_ids), Location.currency != currency
    )
    return db.session.scalar(query.limit(1)) is not None


def _add_returned(parts: dict[UUID, int], kind: str, source_id: str) -> bool:
    if kind not in rule.PAYOUT_KINDS:
        return False
    failed = db.session.scalar(sa.select(Payout).where(Payout.stripe_id == source_id))
    returned = make_up(failed) if failed is not None else None
    for location_id, cents in (returned or {}).items():
        parts[location_id] = parts.get(location_id, 0) + cents
    return returned is not None


def _day(instant: datetime, parts: Mapping[UUID, int], zones: Mapping[UUID, str]) -> date:
    """The latest date on the walls of those concerned: no entry is older than its cause."""
    days = [local_date(instant, zones[one]) for one in parts if one in zones]
    return max(days, default=instant.date())


def _locked(payout_id: UUID) -> Payout:
    query = sa.select(Payout).where(Payout.id == payout_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()
