"""The expiries behind a number of what nobody has claimed, each with its postings."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from config.calendar import month_of
from config.db import core, db
from config.errors import invalid_field
from locations import unclaimed
from locations.asked_places import together
from locations.listing_pages import Query
from locations.models import JournalEntry, Location, Posting
from locations.tables import Column, Row, Table
from locations.unclaimed import CENTS, DORMANT, STANDING, WAITING

COLUMNS = (
    Column("expired_on", "Expired on", "day"),
    Column("location", "Location", "text"),
    Column("product", "Product", "text"),
    Column("dormant_from", "Dormant from", "text"),
    Column("amount_cents", "May be claimed", accounts=("expired_refundable",)),
)


def table(asked: Query) -> Table:
    """Expiries that still wait for their owner, the oldest first: of a product where one is
    named, and only those that are dormant or that are not where `state` says so.
    """
    group = together(asked.chosen)
    where = _where(asked, group.by_id)
    entry = JournalEntry
    query = (
        sa.select(entry.source_id, entry.occurred_on, entry.product, Posting.location_id, CENTS)
        .join(Posting, Posting.entry_id == entry.id)
        .where(*where)
        .order_by(entry.occurred_on, entry.id)
        .offset(asked.skip)
        .limit(asked.most)
    )
    rows = [
        Row(
            {
                "expired_on": expired_on,
                "location": group.by_id[at].name,
                "product": product,
                "dormant_from": unclaimed.dormant_from(group.by_id[at], expired_on),
                "amount_cents": cents,
            },
            sources=[source_id],
        )
        for source_id, expired_on, product, at, cents in db.session.execute(query)
    ]
    sums = sa.select(sa.func.sum(CENTS)).join(JournalEntry, Posting.entry_id == JournalEntry.id)
    total_cents = int(core(sums.where(*where)).scalar_one() or 0)
    return Table(COLUMNS, rows, group.currency, {"amount_cents": total_cents})


def _where(asked: Query, places: dict[UUID, Location]) -> list[sa.ColumnElement[bool]]:
    """Expiries of days whose value is what is asked for; each location has its own rules."""
    state = asked.given.get("state", "")
    if state not in ("", WAITING, DORMANT):
        raise invalid_field("/state", "Choose waiting or dormant.")
    last = month_of(asked.until - timedelta(days=1))
    days = {
        (one.location_id, one.occurred_on)
        for one in unclaimed.by_day(list(places), first=asked.since, last=last)
        if state in ("", unclaimed.state(places[one.location_id], one.occurred_on, now=asked.now))
    }
    product = asked.given.get("product", "")
    return [
        STANDING,
        sa.tuple_(Posting.location_id, JournalEntry.occurred_on).in_(days),
        *([JournalEntry.product == product] if product else []),
    ]
