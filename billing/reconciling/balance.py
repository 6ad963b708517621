"""Movements of a Stripe balance: kept as they come, placed at a location, their fees booked.

Each step does what is left to do of its kind, so that an import that died goes on where it was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import BalanceMove
from billing.models import BalanceTransaction, Dispute, Invoice, Payment, Refund
from billing.rules import reconcile as rule
from config.calendar import local_date
from config.db import db
from config.ids import new_id
from locations import ledger
from locations.models import Location
from locations.rules import payouts
from locations.rules.entries import Entry
from locations.upsert import insert_or

BATCH = 500


def keep(stripe_account: str, moves: Sequence[BalanceMove]) -> int:
    """Store movements in the caller's transaction; one that is known changes nothing.

    Returns how many were new.
    """
    rows = [_row(stripe_account, move) for move in moves]
    if not rows:
        return 0
    insert = insert_or(BalanceTransaction).values(rows)
    made = insert.on_conflict_do_nothing(index_elements=["stripe_id"]).returning(
        BalanceTransaction.__table__.c.id
    )
    return len(db.session.execute(made).all())


def place(stripe_account: str) -> int:
    """Say whose books each movement belongs to, where that has become known; returns how many."""
    waiting = db.session.execute(
        sa.select(BalanceTransaction.id, BalanceTransaction.source_id).where(
            BalanceTransaction.stripe_account == stripe_account,
            BalanceTransaction.booked_on.is_(None),
            BalanceTransaction.location_id.is_(None),
        )
    ).all()
    placed = 0
    for start in range(0, len(waiting), BATCH):
        some = waiting[start : start + BATCH]
        homes = _homes({row.source_id for row in some})
        found = [
            {"move": row.id, "home": homes[row.source_id]} for row in some if row.source_id in homes
        ]
        if found:
            db.session.connection().execute(_PLACE, found)
        placed += len(found)
    return placed


def place_by_hand(stripe_id: str, *, location_id: UUID) -> bool:
    """A person says whose books a movement, or one about this, belongs to.

    False where that is known already.
    """
    done = db.session.execute(
        sa.update(BalanceTransaction)
        .where(
            sa.or_(
                BalanceTransaction.stripe_id == stripe_id,
                BalanceTransaction.source_id == stripe_id,
            ),
            BalanceTransaction.location_id.is_(None),
        )
        .values(location_id=location_id)
        .returning(BalanceTransaction.__table__.c.id)
    ).first()
    return done is not None


def book(stripe_account: str, *, zones: Mapping[UUID, str], now: datetime) -> int:
    """Book the fees of up to a batch of placed movements, each on its location's date.

    What settled in another currency than its location's is left to a person.

    Returns how many movements are dealt with, in the caller's transaction.
    """
    placed = sa.or_(
        sa.exists().where(
            Location.id == BalanceTransaction.location_id,
            Location.currency == BalanceTransaction.currency,
        ),
        BalanceTransaction.kind.in_(rule.PAYOUT_KINDS),
    )
    rows = db.session.scalars(
        sa.select(BalanceTransaction)
        .where(
            BalanceTransaction.stripe_account == stripe_account,
            BalanceTransaction.booked_on.is_(None),
            placed,
        )
        .order_by(BalanceTransaction.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    entries: list[Entry] = []
    for row in rows:
        row.booked_on = on = _day(row, zones)
        cost_cents = rule.cost_cents(row.kind, fee_cents=row.fee_cents, net_cents=row.net_cents)
        if row.location_id is not None and cost_cents:
            entries.append(
                payouts.processor_fee(
                    move_id=row.id,
                    on=on,
                    currency=row.currency,
                    location_id=row.location_id,
                    fee_cents=cost_cents,
                )
            )
    db.session.flush()
    ledger.post(entries, now=now)
    return len(rows)


def _day(row: BalanceTransaction, zones: Mapping[UUID, str]) -> date:
    zone = zones.get(row.location_id) if row.location_id is not None else None
    return local_date(row.created_at, zone) if zone else row.created_at.date()


def _row(stripe_account: str, move: BalanceMove) -> dict[str, object]:
    return {
        "id": new_id(),
        "stripe_id": move.id,
        "stripe_account": stripe_account,
        "kind": move.kind,
        "source_id": move.source_id,
        "amount_cents": move.amount_cents,
        "fee_cents": move.fee_cents,
        "net_cents": move.net_cents,
        "currency": move.currency,
        "created_at": datetime.fromtimestamp(move.created, UTC),
        "available_at": datetime.fromtimestamp(move.available, UTC),
        "payout_id": None,
        "location_id": None,
        "booked_on": None,
    }


def _homes(source_ids: Collection[str]) -> dict[str, UUID]:
    """The location of each charge, refund or dispute that is ours, by Stripe's id."""
    payments = (
        sa.select(Payment.charge_id, Invoice.location_id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.charge_id.in_(source_ids))
    )
    refunds = sa.select(Refund.stripe_id, Refund.location_id).where(
        Refund.stripe_id.in_(source_ids)
    )
    disputes = sa.select(Dispute.stripe_id, Dispute.location_id).where(
        Dispute.stripe_id.in_(source_ids)
    )
    found: dict[str, UUID] = {}
    for query in (payments, refunds, disputes):
        found.update({key: home for key, home in db.session.execute(query) if key is not None})
    return found


_MOVE = BalanceTransaction.__table__
_PLACE = (
    sa.update(_MOVE)  # type: ignore[arg-type]
    .where(_MOVE.c.id == sa.bindparam("move"))
    .values(location_id=sa.bindparam("home"))
)
