"""The dated moves behind a number of the recurring revenue: whose plan, when, why, how much."""

from __future__ import annotations

import sqlalchemy as sa

from config.db import core, db
from config.errors import invalid_field
from locations.asked_places import together
from locations.listing_pages import Query
from locations.tables import Column, Row, Table
from membership.models import Member, Membership, MrrMove, Plan, PlanVersion
from membership.mrr.mrr_report import HEADINGS

COLUMNS = (
    Column("on", "Day", "day"),
    Column("location", "Location", "text"),
    Column("member", "Member", "text"),
    Column("plan", "Plan", "text"),
    Column("why", "Why", "text"),
    Column("delta_cents", "A month"),
    Column("plans", "Plans", "count"),
)


def table(asked: Query) -> Table:
    """The moves, newest first, and the sums of all of them. Invalid for a kind there is none of."""
    group = together(asked.chosen)
    kinds = asked.given["kind"].split(",") if "kind" in asked.given else []
    if not HEADINGS.keys() >= set(kinds):
        raise invalid_field("/kind", "There is no such move.")
    where = [
        MrrMove.location_id.in_(group.ids),
        MrrMove.occurred_on >= asked.since,
        MrrMove.occurred_on < asked.until,
        *([MrrMove.kind.in_(kinds)] if kinds else []),
    ]
    query = (
        sa.select(MrrMove, Member.name.label("member"), Plan.name.label("plan"))
        .join(Membership, Membership.id == MrrMove.membership_id)
        .join(Member, Member.id == MrrMove.member_id)
        .join(PlanVersion, PlanVersion.id == Membership.plan_version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(*where)
        .order_by(MrrMove.occurred_on.desc(), MrrMove.id.desc())
        .offset(asked.skip)
        .limit(asked.most)
    )
    rows = [
        Row(
            {
                "on": found.MrrMove.occurred_on,
                "location": group.by_id[found.MrrMove.location_id].name,
                "member": found.member,
                "plan": found.plan,
                "why": HEADINGS[found.MrrMove.kind],
                "delta_cents": found.MrrMove.delta_cents,
                "plans": found.MrrMove.delta_plans,
            }
        )
        for found in db.session.execute(query)
    ]
    sums = sa.select(sa.func.sum(MrrMove.delta_cents), sa.func.sum(MrrMove.delta_plans))
    cents, plans = tuple(core(sums.where(*where)).one())
    return Table(
        COLUMNS, rows, group.currency, {"delta_cents": int(cents or 0), "plans": int(plans or 0)}
    )
