"""Price rises as rows: the rise, whoever it may reach, and what each of them was told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.calendar import local_date
from config.db import db
from config.errors import NotFound
from membership.models import (
    Member,
    Membership,
    Plan,
    PlanChange,
    PlanVersion,
    PriceRise,
    PriceRiseHolder,
)
from membership.notices import notices
from membership.rules.cycle import cycle_of
from membership.rules.price_rises import Schedule, Told

OPEN = ("planned", "told")
# Built once: a location asks this every minute, and most often finds nothing.
UNDER_WAY = (
    sa.select(PriceRiseHolder, PriceRise)
    .join(PriceRise, PriceRise.id == PriceRiseHolder.price_rise_id)
    .where(
        PriceRise.location_id == sa.bindparam("location"),
        PriceRise.state == "announced",
        PriceRiseHolder.state.in_(OPEN),
        sa.or_(PriceRiseHolder.looked_on.is_(None), PriceRiseHolder.looked_on < sa.bindparam("on")),
    )
    .order_by(PriceRiseHolder.membership_id)
    .execution_options(populate_existing=True)
)


def kind_of(n: int) -> str:
    """The kind of the n-th notice, counted from 1, of a holder."""
    return f"price_rise_{n}"


def get(price_rise_id: UUID) -> PriceRise:
    """The rise. Raises NotFound."""
    found = db.session.get(PriceRise, price_rise_id)
    if found is None:
        raise NotFound
    return found


def locked_rise(price_rise_id: UUID) -> PriceRise:
    """The rise, read anew and held until the commit. Raises NotFound."""
    query = sa.select(PriceRise).where(PriceRise.id == price_rise_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def holders_of(rise: PriceRise) -> Sequence[sa.Row[Membership, PlanVersion, str]]:
    """Who holds the plan at the location for less, with the version held and their name."""
    return db.session.execute(
        sa.select(Membership, PlanVersion, Member.name)
        .join(PlanVersion, PlanVersion.id == Membership.plan_version_id)
        .join(Member, Member.id == Membership.member_id)
        .where(
            PlanVersion.plan_id == rise.plan_id,
            Membership.location_id == rise.location_id,
            Membership.status != "ended",
            Membership.price_cents < rise.price_cents,
        )
        .order_by(Membership.id)
    ).all()


def outcomes(price_rise_id: UUID) -> Sequence[sa.Row[PriceRiseHolder, str]]:
    """Every holder of an announced rise with their name."""
    return db.session.execute(
        sa.select(PriceRiseHolder, Member.name)
        .join(Membership, Membership.id == PriceRiseHolder.membership_id)
        .join(Member, Member.id == Membership.member_id)
        .where(PriceRiseHolder.price_rise_id == price_rise_id)
        .order_by(Member.name_folded, PriceRiseHolder.id)
    ).all()


def all_of(location_ids: Collection[UUID]) -> Sequence[sa.Row[PriceRise, str]]:
    """Rises at these locations with their plan's name, newest first."""
    return db.session.execute(
        sa.select(PriceRise, Plan.name)
        .join(Plan, Plan.id == PriceRise.plan_id)
        .where(PriceRise.location_id.in_(location_ids))
        .order_by(PriceRise.id.desc())
    ).all()


def raised_on(membership_ids: Collection[UUID]) -> dict[UUID, list[date]]:
    """The days on which these were raised before."""
    rows = db.session.execute(
        sa.select(PriceRiseHolder.membership_id, PriceRiseHolder.applies_on).where(
            PriceRiseHolder.membership_id.in_(membership_ids), PriceRiseHolder.state == "raised"
        )
    )
    found: dict[UUID, list[date]] = defaultdict(list)
    for membership_id, applies_on in rows:
        found[membership_id].append(applies_on)
    return found


def changing(membership_ids: Collection[UUID]) -> frozenset[UUID]:
    """Of these, who changes to other terms with the next renewal, or just pays for a change."""
    query = sa.select(PlanChange.membership_id).where(
        PlanChange.membership_id.in_(membership_ids), PlanChange.state.in_(("waiting", "pending"))
    )
    return frozenset(db.session.scalars(query))


def in_another(membership_ids: Collection[UUID], *, price_rise_id: UUID) -> frozenset[UUID]:
    """Of these, who waits for another rise."""
    query = sa.select(PriceRiseHolder.membership_id).where(
        PriceRiseHolder.membership_id.in_(membership_ids),
        PriceRiseHolder.price_rise_id != price_rise_id,
        PriceRiseHolder.state.in_(OPEN),
    )
    return frozenset(db.session.scalars(query))


def change_of(holder: PriceRiseHolder) -> PlanChange | None:
    """The change that brings the new price, once it waits for its renewal."""
    query = sa.select(PlanChange).where(
        PlanChange.membership_id == holder.membership_id, PlanChange.kind == "price_rise"
    )
    query = query.order_by(PlanChange.id.desc()).execution_options(populate_existing=True)
    mine = (c for c in db.session.scalars(query) if c.facts.get("holder") == str(holder.id))
    return next(mine, None)


def told(holder: PriceRiseHolder, *, notice_days: Sequence[int], zone: str) -> list[Told]:
    """What became of each notice about the date on which the holder's price is to rise."""
    found = []
    for n, days_before in enumerate(notice_days, start=1):
        notice = notices.latest(holder.id, kind_of(n))
        if notice is None or notice.about_on != holder.applies_on:
            found.append(Told(days_before, "planned", None))
        else:
            left_on = local_date(notice.sent_at, zone) if notice.sent_at else None
            found.append(Told(days_before, notice.state, left_on))
    return found


def schedule_of(membership: Membership, version: PlanVersion | None = None) -> Schedule:
    """When a membership renews under the terms it holds."""
    terms = version or db.session.get_one(PlanVersion, membership.plan_version_id)
    cycle = cycle_of(
        anchor=membership.anchor,
        anchor_day=membership.anchor_day,
        interval_count=terms.interval_count,
        interval_unit=terms.interval_unit,
    )
    return Schedule(cycle, anchor_n=membership.anchor_n, next_n=membership.next_n)
