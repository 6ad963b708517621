"""What speaks for another tier, read for many members at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from membership.models import (
    MemberPack,
    Membership,
    MembershipPeriod,
    Pack,
    PackVersion,
    PlanChange,
    PlanVersion,
    TierSuggestion,
    Visit,
)
from membership.rules.tiers import BOOSTERS_WITHIN_DAYS, Use

# So far back periods are read: holds may have spoilt some of them.
_PERIODS_BACK = 8
_QUIET = sa.exists().where(
    TierSuggestion.membership_id == Membership.id, TierSuggestion.quiet_until > sa.bindparam("on")
)
_CHANGING = sa.exists().where(
    PlanChange.membership_id == Membership.id, PlanChange.state.in_(("waiting", "pending"))
)
# Built once: a location asks these every minute. A period's end is looked at while its renewal is
# due, which comes later in the same day's work.
ENDED_TODAY = sa.select(Membership).where(
    Membership.location_id == sa.bindparam("location"),
    Membership.status == "active",
    Membership.next_due_on == sa.bindparam("on"),
    Membership.ends_on.is_(None),
    ~_QUIET,
    ~_CHANGING,
)
_BOOSTERS = (
    sa.select(MemberPack.member_id)
    .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
    .join(Pack, Pack.id == PackVersion.pack_id)
    .where(Pack.kind == "booster", MemberPack.state.not_in(("draft", "cancelled")))
)
BOOSTED = sa.select(Membership).where(
    Membership.location_id == sa.bindparam("location"),
    Membership.member_id.in_(
        _BOOSTERS.where(MemberPack.purchased_on >= sa.bindparam("boosters_since"))
    ),
    Membership.status == "active",
    Membership.ends_on.is_(None),
    ~_QUIET,
    ~_CHANGING,
)
# Steps down that were announced, and are not decided yet.
UNDER_WAY = (
    sa.select(TierSuggestion)
    .join(Membership, Membership.id == TierSuggestion.membership_id)
    .where(
        Membership.location_id == sa.bindparam("location"),
        TierSuggestion.state == "made",
        TierSuggestion.plan_change_id.is_not(None),
        sa.or_(TierSuggestion.looked_on.is_(None), TierSuggestion.looked_on < sa.bindparam("on")),
    )
    .order_by(TierSuggestion.membership_id)
    .execution_options(populate_existing=True)
)


def uses(membership_ids: Collection[UUID]) -> dict[UUID, list[Use]]:
    """The newest periods of these memberships, with the sessions taken in each, of any kind.

    A session that was taken on a pack, or beyond the allowance, was needed like the others.
    """
    came = (
        (Visit.member_id == Membership.member_id)
        & (Visit.business_date >= MembershipPeriod.start)
        & (Visit.business_date < MembershipPeriod.end)
        & Visit.undone_at.is_(None)
    )
    rows = db.session.execute(
        sa.select(
            MembershipPeriod.membership_id,
            PlanVersion.plan_id,
            MembershipPeriod.start,
            MembershipPeriod.end,
            MembershipPeriod.frozen_days,
            sa.func.count(Visit.id),
        )
        .join(Membership, Membership.id == MembershipPeriod.membership_id)
        .join(PlanVersion, PlanVersion.id == MembershipPeriod.plan_version_id)
        .join(Visit, came, isouter=True)
        .where(
            MembershipPeriod.membership_id.in_(membership_ids),
            MembershipPeriod.n >= Membership.next_n - _PERIODS_BACK,
        )
        .group_by(
            MembershipPeriod.id,
            MembershipPeriod.membership_id,
            PlanVersion.plan_id,
            MembershipPeriod.start,
            MembershipPeriod.end,
            MembershipPeriod.frozen_days,
        )
    )
    found: dict[UUID, list[Use]] = defaultdict(list)
    for membership_id, plan_id, start, end, frozen_days, used in rows:
        found[membership_id].append(Use(plan_id, start, end, frozen_days, used))
    return found


def boosters_bought(member_id: UUID, *, on: date) -> Sequence[date]:
    """Days of the last months on which the member bought a booster."""
    query = _BOOSTERS.with_only_columns(MemberPack.purchased_on)
    query = query.where(
        MemberPack.member_id == member_id,
        MemberPack.purchased_on > on - timedelta(days=BOOSTERS_WITHIN_DAYS),
    )
    return [day for day in db.session.scalars(query) if day is not None]


def used_in(member_id: UUID, *, start: date, end: date) -> int:
    """How many sessions the member took on [start, end), those taken back left out."""
    query = sa.select(sa.func.count(Visit.id)).where(
        Visit.member_id == member_id,
        Visit.business_date >= start,
        Visit.business_date < end,
        Visit.undone_at.is_(None),
    )
    return db.session.scalar(query) or 0


def allowance_of(plan_version_id: UUID) -> int | None:
    """Its sessions a period; none means unlimited."""
    query = sa.select(PlanVersion.allowance).where(PlanVersion.id == plan_version_id)
    return db.session.scalars(query).one()


def quiet_until(membership_id: UUID) -> date | None:
    """Until when nothing is suggested; none where nothing ever was."""
    query = sa.select(sa.func.max(TierSuggestion.quiet_until)).where(
        TierSuggestion.membership_id == membership_id
    )
    return db.session.scalar(query)
