"""Sessions for free: credits worth nothing, given with a reason that is kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db, insert_columns
from config.errors import Refused, invalid_field
from config.ids import new_id
from locations import places
from membership.credits import credit_rows
from membership.models import CreditEntry, CreditGrant
from membership.people import members
from membership.rules import comps as rules
from membership.rules.credits import GrantRow

PRODUCT = "COMP"


def give(
    member_id: UUID,
    *,
    location_id: UUID,
    sessions: int,
    reason: str,
    most: int | None,
    by: Actor,
    on: date,
    key: UUID,
    now: datetime,
) -> CreditGrant:
    """Give a member sessions for free, valid from today for 90 days, at every studio.

    `key` is the form's own: the same form sent twice gives once.
    `most` is how many one member may be given in 30 days by whoever acts; none: no limit.
    Raises Invalid naming the field, Refused("comp_limit") beyond it.
    """
    because = " ".join(reason.split())
    if not 1 <= sessions <= rules.MOST_AT_ONCE:
        raise invalid_field("/sessions", f"From 1 to {rules.MOST_AT_ONCE}, please.")
    if not because or len(because) > 200:
        raise invalid_field("/reason", "Please say why, in at most 200 characters.")
    members.lock(member_id)
    before = db.session.get(CreditGrant, key)
    if before is not None:
        return before
    if most is not None and given_lately(member_id, on=on) + sessions > most:
        raise Refused("comp_limit", f"More than {most} in {rules.DAYS} days are for the owner.")
    row = GrantRow(
        id=key,
        member_id=member_id,
        source_type="comp",
        source_id=new_id(),
        membership_id=None,
        location_id=location_id,
        product=PRODUCT,
        currency=places.get(location_id).currency,
        quantity=sessions,
        value_cents=0,
        valid_from=on,
        valid_until=on + timedelta(days=rules.VALID_DAYS),
        state="firm",
    )
    insert_columns(CreditGrant, credit_rows.grant_columns([row], now))
    first = credit_rows.granted_columns([row], now)
    insert_columns(CreditEntry, {**first, "reason": [because]})
    audit.record(
        actor=by,
        action="credits.comped",
        subject_type="member",
        subject_id=member_id,
        location_id=location_id,
        facts={"grant_id": row.id, "sessions": sessions, "reason": because},
        now=now,
    )
    return db.session.get_one(CreditGrant, row.id)


def given_lately(member_id: UUID, *, on: date) -> int:
    """How many sessions the member was given for free in the 30 days up to a date."""
    query = sa.select(sa.func.coalesce(sa.func.sum(CreditGrant.quantity), 0)).where(
        CreditGrant.member_id == member_id,
        CreditGrant.source_type == "comp",
        CreditGrant.valid_from > on - timedelta(days=rules.DAYS),
    )
    return int(db.session.scalar(query) or 0)
