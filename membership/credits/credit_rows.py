"""How credits lie in their tables: a grant's guarded count, and the entries that prove it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from config.base import table_of
from config.bulk import transposed
from config.db import db, first_row
from config.errors import NotFound
from config.ids import new_id
from config.statements import Statement
from membership.models import CreditEntry, CreditGrant
from membership.rules.credits import Credit, GrantRow, Rolled

# Built once: every check-in asks these.
_WITH_SOMETHING_LEFT = (
    sa.select(CreditGrant)
    .where(CreditGrant.member_id == sa.bindparam("member"), CreditGrant.remaining > 0)
    .execution_options(populate_existing=True)
)
_LOCKED = (
    sa.select(CreditGrant)
    .where(CreditGrant.id == sa.bindparam("id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_GRANT = table_of(CreditGrant)
_MOVE = Statement(
    sa.update(_GRANT)
    .where(
        _GRANT.c.id == sa.bindparam("grant"),
        _GRANT.c.remaining == sa.bindparam("seen"),
        _GRANT.c.remaining_cents == sa.bindparam("seen_cents"),
    )
    .values(
        remaining=_GRANT.c.remaining + sa.bindparam("quantity"),
        remaining_cents=_GRANT.c.remaining_cents + sa.bindparam("cents"),
    )
    .returning(_GRANT.c.remaining, _GRANT.c.remaining_cents)
)


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
    return db.session.scalars(_WITH_SOMETHING_LEFT, {"member": member_id}).all()


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
    found = db.session.scalar(_LOCKED, {"id": grant_id})
    if found is None:
        raise NotFound("credit")
    return found


def move(grant: CreditGrant, *, quantity: int, value_cents: int) -> bool:
    """Change what is left, if it still is what `grant` says; False when somebody was faster."""
    left = first_row(
        _MOVE,
        grant=grant.id,
        seen=grant.remaining,
        seen_cents=grant.remaining_cents,
        quantity=quantity,
        cents=value_cents,
    )
    if left is None:
        return False
    set_committed_value(grant, "remaining", left[0])
    set_committed_value(grant, "remaining_cents", left[1])
    return True


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
