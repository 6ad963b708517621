"""Credits that end unused: they expire into the books, or are taken back unpaid."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.db import db, insert_many
from locations import ledger, places
from locations.policy import policy_at
from locations.rules import deliveries
from locations.rules.entries import Entry
from membership.credits import credit_rows
from membership.models import CreditEntry, CreditGrant
from membership.rules.credits import Rolled

# Built once: a location asks this every minute, and most often finds nothing.
ENDED = (
    sa.select(CreditGrant)
    .where(CreditGrant.location_id == sa.bindparam("location"), CreditGrant.remaining > 0)
    .where(CreditGrant.valid_until <= sa.bindparam("on"), CreditGrant.source_type != "pack")
    .order_by(CreditGrant.id)
    .execution_options(populate_existing=True)
)


def expire(grant: CreditGrant, *, on: date, now: datetime) -> int:
    """What is left of a grant expires; returns the value that did, in cents."""
    return expire_many([grant], on=on, now=now)


def expire_due(location_id: UUID, *, on: date, now: datetime, limit: int) -> int:
    """Expire up to `limit` grants of this location that ended by `on`; returns how many.

    A pack's credits are left out: they end with their pack (`packs.expire_due`).
    """
    due = ENDED.limit(limit).with_for_update(skip_locked=True)
    grants = db.session.scalars(due, {"location": location_id, "on": on}).all()
    expire_many(grants, on=on, now=now)
    return len(grants)


def expire_many(grants: Sequence[CreditGrant], *, on: date, now: datetime) -> int:
    """Expire grants that the caller holds locked; those with nothing left are passed over.

    Where the land's rules keep the value refundable in cash it waits there, else it is
    breakage. Returns the value expired, in cents.
    """
    left = [grant for grant in grants if grant.remaining > 0]
    if not left:
        return 0
    total = sum(grant.remaining_cents for grant in left)
    rows = [credit_rows.ended_values(grant, "expire", on=on, now=now) for grant in left]
    refundable = _refundable_at(left, on)
    entries = [
        _ending(grant, row["id"], on, grant.remaining_cents, refundable)
        for grant, row in zip(left, rows, strict=True)
    ]
    insert_many(CreditEntry, rows)
    if credit_rows.empty(grant.id for grant in left) != len(left):
        raise RuntimeError("credits moved while they were held for expiry")
    ledger.post(entries, now=now)
    return total


def forfeit_many(
    lost: Sequence[tuple[CreditGrant, Rolled]], *, on: date, now: datetime, reason: str
) -> int:
    """Take what a period's end leaves behind of grants that the caller holds locked.

    Booked as what expires: breakage, or still refundable in cash where the land's rules say
    so. Returns the value, in cents.
    """
    some = [(grant, cut) for grant, cut in lost if cut.lost]
    rows = [credit_rows.lost_values(g, cut, on=on, now=now, reason=reason) for g, cut in some]
    insert_many(CreditEntry, rows)
    refundable = _refundable_at((grant for grant, _ in some), on)
    entries = [
        _ending(grant, row["id"], on, cut.lost_cents, refundable)
        for (grant, cut), row in zip(some, rows, strict=True)
    ]
    for grant, cut in some:
        if not credit_rows.move(grant, quantity=-cut.lost, value_cents=-cut.lost_cents):
            raise RuntimeError("credits moved while they were held for the period's end")
    ledger.post(entries, now=now)
    return sum(cut.lost_cents for _, cut in some)


def void_unspent(source_id: UUID, on: date, now: datetime) -> tuple[int, int]:
    """Take back what is left of a period's or pack's credits, because it stays unpaid.

    Returns how many and their value in cents; the books follow by billing's credit note.
    """
    query = sa.select(CreditGrant).where(CreditGrant.source_id == source_id).with_for_update()
    grants = db.session.scalars(query.execution_options(populate_existing=True)).all()
    left = [grant for grant in grants if grant.remaining > 0]
    quantity = sum(grant.remaining for grant in left)
    cents = sum(grant.remaining_cents for grant in left)
    rows = [credit_rows.ended_values(g, "void", on=on, now=now, reason="unpaid") for g in left]
    insert_many(CreditEntry, rows)
    credit_rows.empty((grant.id for grant in left), state="void")
    return quantity, cents


def _refundable_at(grants: Iterable[CreditGrant], on: date) -> set[UUID]:
    """The sellers where the rules keep what expires refundable in cash."""
    sellers = {grant.location_id for grant in grants}
    return {id_ for id_ in sellers if policy_at(places.get(id_), on).expired_value == "refundable"}


def _ending(
    grant: CreditGrant, entry_id: UUID, on: date, value_cents: int, refundable: Collection[UUID]
) -> Entry:
    return deliveries.expiry(
        source_id=entry_id,
        on=on,
        currency=grant.currency,
        location_id=grant.location_id,
        value_cents=value_cents,
        to="expired_refundable" if grant.location_id in refundable else "breakage",
        product=grant.product,
    )
