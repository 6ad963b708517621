"""Credits: granted in batches, moved by entries that are never edited, posted as they move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.base import table_of
from config.db import carry_out, db, insert_columns
from config.errors import Refused
from config.ids import new_id
from config.statements import Statement
from locations import ledger
from locations.rules import deliveries
from membership.credits import credit_rows
from membership.models import CreditEntry, CreditGrant, Visit
from membership.people import members
from membership.rules import credits as rules
from membership.rules.credits import GrantRow, GrantState, Source

EXHAUSTED = "There is no session left."
GONE = "These sessions have expired or were taken back since."


def grant(
    *,
    member_id: UUID,
    source_type: Source,
    source_id: UUID,
    membership_id: UUID | None,
    location_id: UUID,
    product: str,
    currency: str,
    quantity: int,
    value_cents: int,
    valid_from: date,
    valid_until: date | None,
    state: GrantState,
    scope_id: UUID | None,
    now: datetime,
) -> CreditGrant:
    """Grant `quantity` credits worth `value_cents` together, once per source."""
    row = GrantRow(
        id=new_id(),
        member_id=member_id,
        source_type=source_type,
        source_id=source_id,
        membership_id=membership_id,
        location_id=location_id,
        product=product,
        currency=currency,
        quantity=quantity,
        value_cents=value_cents,
        valid_from=valid_from,
        valid_until=valid_until,
        state=state,
        scope_id=scope_id,
    )
    grant_many([row], now)
    return db.session.get_one(CreditGrant, row.id)


def grant_many(rows: Sequence[GrantRow], now: datetime) -> None:
    """Grant a batch, each with its first entry; a source granted before is a conflict."""
    if rows:
        insert_columns(CreditGrant, credit_rows.grant_columns(rows, now))
        insert_columns(CreditEntry, credit_rows.granted_columns(rows, now))


def make_firm(source_id: UUID, source_type: Source) -> None:
    """What was granted for a claim is paid: provisional becomes firm, anything else stays."""
    carry_out(_MAKE_FIRM, source=source_id, of_type=source_type)


_GRANT = table_of(CreditGrant)
_MAKE_FIRM = Statement(
    sa.update(_GRANT)
    .where(
        _GRANT.c.source_id == sa.bindparam("source"),
        _GRANT.c.source_type == sa.bindparam("of_type"),
        _GRANT.c.state == "provisional",
    )
    .values(state="firm")
)


def of_source(source_id: UUID, source_type: Source) -> CreditGrant | None:
    """The grant that a pack or period led to, read anew."""
    query = sa.select(CreditGrant).where(
        CreditGrant.source_id == source_id, CreditGrant.source_type == source_type
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


def redeemable(member_id: UUID, *, location_id: UUID, on: date) -> list[CreditGrant]:
    """Grants from which a session here today may be taken, the one to use first in front.

    Looks at the credits alone; whether their pack or plan lets them be used is asked by visits.
    """
    grants = {grant.id: grant for grant in credit_rows.with_something_left(member_id)}
    held = [credit_rows.credit_of(grant) for grant in grants.values()]
    usable = [c for c in held if rules.is_usable(c, location_id=location_id, on=on)]
    return [grants[credit.id] for credit in rules.in_order_of_use(usable)]


def balance(member_id: UUID, on: date) -> int:
    """How many sessions the member could use on a date, at the one place or another."""
    return sum(
        g.remaining
        for g in credit_rows.with_something_left(member_id)
        if g.valid_from <= on and (g.valid_until is None or on < g.valid_until)
    )


def redeem(
    grant_id: UUID, *, visit_id: UUID, location_id: UUID, on: date, now: datetime
) -> CreditEntry:
    """Take one credit for a visit and earn its value where the visit is.

    Raises Refused `credits_exhausted` when somebody else took the last one.
    """
    held = credit_rows.locked(grant_id)
    if not rules.is_usable(credit_rows.credit_of(held), location_id=location_id, on=on):
        raise Refused("credits_exhausted", EXHAUSTED)
    value = rules.next_value_cents(remaining=held.remaining, remaining_cents=held.remaining_cents)
    if not credit_rows.move(held, quantity=-1, value_cents=-value):
        raise Refused("credits_exhausted", EXHAUSTED)
    entry = credit_rows.add_entry(
        held.id, "redeem", quantity=-1, value_cents=-value, on=on, now=now, visit_id=visit_id
    )
    event = deliveries.redemption(
        entry_id=entry.id,
        on=on,
        currency=held.currency,
        sold_at=held.location_id,
        delivered_at=location_id,
        value_cents=value,
        product=held.product,
        home_at=members.home_at(held.member_id, on),
    )
    ledger.post([event], now=now)
    return entry


def undo(entry: CreditEntry, *, on: date, now: datetime, reason: str) -> CreditEntry:
    """Give a redeemed credit back by an opposite entry, in the books as in the credits.

    Raises Refused when it was given back before, or when its credits have ended since.
    """
    held = credit_rows.locked(entry.grant_id)
    if db.session.scalar(sa.select(CreditEntry.id).where(CreditEntry.reverses_id == entry.id)):
        raise Refused("already_undone", "This session was taken back before.")
    if held.state == "void" or (held.valid_until is not None and held.valid_until <= on):
        raise Refused("extend_first", GONE)
    value = -entry.value_cents
    visit = db.session.get_one(Visit, entry.visit_id)
    if not credit_rows.move(held, quantity=1, value_cents=value):
        raise Refused("extend_first", GONE)
    back = credit_rows.add_entry(
        held.id,
        "reverse",
        quantity=1,
        value_cents=value,
        on=on,
        now=now,
        visit_id=visit.id,
        reverses_id=entry.id,
        reason=reason,
    )
    booked = ledger.entry_for(entry.id, "redemption")
    event = deliveries.redemption_undone(
        entry_id=back.id,
        corrects_id=booked.id if booked else None,
        on=on,
        currency=held.currency,
        sold_at=held.location_id,
        delivered_at=visit.location_id,
        value_cents=value,
        product=held.product,
        home_at=members.home_at(held.member_id, entry.occurred_on),
        reason=reason,
    )
    ledger.post([event], now=now)
    return back
