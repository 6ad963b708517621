"""Rows of account credit: added to, taken from by a guarded UPDATE, every movement written down."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from billing.models import AccountCredit, AccountCreditEntry
from config.base import table_of
from config.db import db
from config.ids import new_id
from locations.upsert import insert_or

_CREDIT = table_of(AccountCredit)


def take(member_id: UUID, location_id: UUID, cents: int) -> bool:
    """Take so many minor units of what one record has at a location; False where less is left."""
    taken: Any = db.session.execute(
        sa.update(_CREDIT)
        .where(
            _CREDIT.c.member_id == member_id,
            _CREDIT.c.location_id == location_id,
            _CREDIT.c.balance_cents >= cents,
        )
        .values(balance_cents=_CREDIT.c.balance_cents - cents)
    )
    return bool(taken.rowcount)


def is_with_the_state(member_ids: Collection[UUID], location_id: UUID) -> bool:
    """Whether credit of one of these records went from a location to the state, and stays there."""
    gone, back = AccountCreditEntry, aliased(AccountCreditEntry)
    query = sa.select(gone.id).where(
        gone.member_id.in_(member_ids),
        gone.location_id == location_id,
        gone.kind == "to_state",
        ~sa.exists().where(back.source_id == gone.source_id, back.kind == "returned"),
    )
    return db.session.scalar(query.limit(1)) is not None


def add(member_id: UUID, location_id: UUID, currency: str, cents: int) -> None:
    """Owe one record so much more at a location."""
    row = {"member_id": member_id, "location_id": location_id, "currency": currency}
    insert = insert_or(AccountCredit).values({**row, "balance_cents": cents})
    db.session.execute(
        insert.on_conflict_do_update(
            index_elements=["member_id", "location_id"],
            set_={"balance_cents": AccountCredit.balance_cents + cents},
        )
    )


def moved(
    member_id: UUID,
    location_id: UUID,
    kind: str,
    amount_cents: int,
    source_id: UUID,
    reason: str,
    by_account_id: UUID | None,
    now: datetime,
) -> UUID:
    """Write a movement down; the second of one kind and source violates a constraint."""
    entry = AccountCreditEntry(
        id=new_id(),
        member_id=member_id,
        location_id=location_id,
        kind=kind,
        amount_cents=amount_cents,
        source_id=source_id,
        reason=reason[:200],
        by_account_id=by_account_id,
        at=now,
    )
    db.session.add(entry)
    db.session.flush()
    return entry.id
