"""How credits lie in their tables: a grant's guarded count, and the entries that prove it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from config.bulk import transposed
from config.db import db
from config.errors import NotFound
from config.ids import new_id
from membership.models import CreditEntry, CreditGrant
from membership.rules.credits import Credit, GrantRow, Rolled


def grant_columns(rows: Sequence[GrantRow], now: datetime) -> dict[str, Sequence[Any]]:
    """New grants as they are stored, column by column."""
    columns = transposed(rows)
    return {
        **columns._asdict(),
        "remaining": columns.quantity,
        "remaining_cents": columns.value_cents,
        "created_at": [now] * len(rows),
    }


def granted_columns(rows: Sequence[GrantRow], now: datetime) -> dict[str, Sequence[Any]]:
    """The first entries of new grants as they are stored, column by column."""
    columns = transposed(rows)
    return {
        "id": [new_id() for _ in rows],
        "grant_id": columns.id,
        "kind": ["grant"] * len(rows),
        "quantity": columns.quantity,
        "value_cents": columns.value_cents,
        "occurred_on": columns.valid_from,
        "at": [now] * len(rows),
    }


def ended_values(
    grant: CreditGrant, kind: str, *, on: date, now: datetime, reason: str | None = None
) -> dict[str, Any]:
    """The entry that takes all that is left of a grant."""
    left, cents = -grant.remaining, -grant.remaining_cents
    return _entry_values(grant.id, kind, left, cents, on=on, now=now) | {"reason": reason}


def lost_values(
    grant: CreditGrant, lost: Rolled, *, on: date, now: datetime, reason: str
) -> dict[str, Any]:
    """The entry that takes what a period's end leaves behind of a grant."""
    values = _entry_values(grant.id, "forfeit", -lost.lost, -lost.lost_cents, on=on, now=now)
    return values | {"reason": reason}


def add_entry(
    grant_id: UUID,
    kind: str,
    *,
    quantity: int,
    value_cents: int,
    on: date,
    now: datetime,
    visit_id: UUID,
    reverses_id: UUID | None = None,
    reason: str | None = None,
) -> CreditEntry:
    """Store one movement of a visit; signs as in the sum (a redemption is negative)."""
    values = _entry_values(grant_id, kind, quantity, value_cents, on=on, now=now)
    entry = CreditEntry(**values, visit_id=visit_id, reverses_id=reverses_id, reason=reason)
    db.session.add(entry)
    db.session.flush()
    return entry


def with_something_left(member_id: UUID) -> Sequence[CreditGrant]:
    """All grants of a member that still hold a credit, read anew."""
    query = sa.select(CreditGrant).where(
        CreditGrant.member_id == member_id, CreditGrant.remaining > 0
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def credit_of(grant: CreditGrant) -> Credit:
    """A grant as the rules see it."""
    return Credit(
        id=grant.id,
        remaining=grant.remaining,
        state=grant.state,
        valid_from=grant.valid_from,
        valid_until=grant.valid_until,
        scope_id=grant.scope_id,
        created_at=grant.created_at,
    )


def locked(grant_id: UUID) -> CreditGrant:
    """The grant, read anew and held until the transaction ends. Raises NotFound."""
    query = sa.select(CreditGrant).where(CreditGrant.id == grant_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("credit")
    return found


def move(grant: CreditGrant, *, quantity: int, value_cents: int) -> bool:
    """Change what is left, if it still is what `grant` says; False when somebody was faster."""
    seen = (
        CreditGrant.remaining == grant.remaining,
        CreditGrant.remaining_cents == grant.remaining_cents,
    )
    changed = db.session.execute(
        sa.update(CreditGrant)
        .where(CreditGrant.id == grant.id, *seen)
        .values(
            remaining=grant.remaining + quantity,
            remaining_cents=grant.remaining_cents + value_cents,
        )
    )
    return cast("sa.CursorResult[Any]", changed).rowcount == 1


def empty(grant_ids: Iterable[UUID], **values: Any) -> int:
    """Leave nothing in these grants; returns how many still held something."""
    changed = db.session.execute(
        sa.update(CreditGrant)
        .where(CreditGrant.id.in_(list(grant_ids)), CreditGrant.remaining > 0)
        .values(remaining=0, remaining_cents=0, **values)
    )
    return cast("sa.CursorResult[Any]", changed).rowcount


def _entry_values(
    grant_id: UUID, kind: str, quantity: int, value_cents: int, *, on: date, now: datetime
) -> dict[str, Any]:
    """What every entry has; a batch of hundreds names no column that stays empty."""
    return {
        "id": new_id(),
        "grant_id": grant_id,
        "kind": kind,
        "quantity": quantity,
        "value_cents": value_cents,
        "occurred_on": on,
        "at": now,
    }
