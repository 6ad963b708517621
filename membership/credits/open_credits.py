"""The credits behind what unspent sessions are worth: whose they are, until when, and how many."""

from __future__ import annotations

import sqlalchemy as sa

from config.db import core
from locations.asked_places import together
from locations.listing_pages import Query
from locations.tables import Column, Row, Table
from membership.models import CreditGrant, Member

COLUMNS = (
    Column("location", "Sold at", "text"),
    Column("member", "Member", "text"),
    Column("product", "Product", "text"),
    Column("valid_until", "Valid before", "text"),
    Column("sessions", "Sessions", "count"),
    Column("unspent_cents", "Worth"),
)


def table(asked: Query) -> Table:
    """Grants with sessions left, those that expire first ahead: of a product where one is named."""
    group = together(asked.chosen)
    product = asked.given.get("product", "")
    where = [
        CreditGrant.location_id.in_(group.ids),
        CreditGrant.remaining > 0,
        *([CreditGrant.product == product] if product else []),
    ]
    query = (
        sa.select(
            CreditGrant.location_id,
            Member.name,
            CreditGrant.product,
            CreditGrant.valid_until,
            CreditGrant.remaining,
            CreditGrant.remaining_cents,
        )
        .join(Member, Member.id == CreditGrant.member_id)
        .where(*where)
        .order_by(CreditGrant.valid_until.is_(None), CreditGrant.valid_until, CreditGrant.id)
        .offset(asked.skip)
        .limit(asked.most)
    )
    rows = [
        Row(
            {
                "location": group.by_id[at].name,
                "member": member,
                "product": code,
                "valid_until": until.isoformat() if until else "no end",
                "sessions": left,
                "unspent_cents": cents,
            }
        )
        for at, member, code, until, left, cents in map(tuple, core(query))
    ]
    sums = sa.select(sa.func.sum(CreditGrant.remaining), sa.func.sum(CreditGrant.remaining_cents))
    left, cents = tuple(core(sums.where(*where)).one())
    totals = {"sessions": int(left or 0), "unspent_cents": int(cents or 0)}
    return Table(COLUMNS, rows, group.currency, totals)
