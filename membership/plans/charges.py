"""What members owe, as plain values: a billing run claims it, a rehearsal only looks at it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import NotFound
from config.ids import new_id
from locations.models import Location
from membership.models import Membership, Plan, PlanPrice, PlanVersion
from membership.rules.cycle import Holding, next_due
from membership.rules.due import Due, DueBatch, HeldBack

ALL_REASONS: frozenset[str] = frozenset({"first_period", "renewal"})
PAGE = 1_000

_HOLDING = (
    Membership.id,
    Membership.member_id,
    Membership.status,
    Membership.anchor,
    Membership.anchor_day,
    Membership.anchor_n,
    Membership.next_n,
    Membership.next_due_on,
    Membership.plan_version_id,
    Membership.price_cents,
    Membership.currency,
    Membership.consent_id,
    PlanVersion.interval_count,
    PlanVersion.interval_unit,
    PlanVersion.allowance,
    PlanVersion.rollover_cap,
    PlanVersion.rollover_periods,
    Plan.code,
    Plan.name,
    PlanVersion.roams,
)
_HELD = (
    sa.select(*_HOLDING)
    .join(PlanVersion, PlanVersion.id == Membership.plan_version_id)
    .join(Plan, Plan.id == PlanVersion.plan_id)
)
# Asked once, with the first period; renewals do not look it up.
_JOINING = (
    sa.select(PlanPrice.joining_cents)
    .where(
        PlanPrice.plan_version_id == Membership.plan_version_id,
        PlanPrice.location_id == Membership.location_id,
    )
    .scalar_subquery()
)
_JOINING_CENTS = sa.func.coalesce(_JOINING, 0)
# In the order of ix_membership_due: a batch stops reading when it is full, however many thousands
# are due behind it.
_DUE = _HELD.where(
    Membership.location_id == sa.bindparam("location"),
    Membership.next_due_on <= sa.bindparam("on"),
).order_by(Membership.next_due_on, Membership.id)
# Which memberships each reason asks for; grace and locked wait for their open invoice.
DUE: Mapping[str, sa.Select] = {
    # A start without a pack behind it was begun at Checkout, and is paid there or not at all.
    "first_period": _DUE.where(
        Membership.status == "pending",
        Membership.next_n == 0,
        Membership.member_pack_id.is_not(None),
    ).add_columns(_JOINING_CENTS),
    "renewal": _DUE.where(
        Membership.status == "active",
        sa.or_(Membership.ends_on.is_(None), Membership.ends_on > Membership.next_due_on),
    ),
}


def claim_due(
    location_id: UUID,
    *,
    on: date,
    reasons: Collection[str] = ALL_REASONS,
    limit: int,
    skip: Collection[UUID] = (),
) -> DueBatch:
    """Lock and state up to `limit` periods due by `on`, for a caller who advances them now.

    `reasons` are "first_period" and "renewal"; `skip` are memberships a person has to look
    at. Rows another worker holds are left to it. Values come sorted by membership, the
    order in which everybody locks.
    """
    rows: list[Holding] = []
    currency = _currency_of(location_id)
    for reason, query in DUE.items():
        room = limit + 1 - len(rows)
        if reason in reasons and room > 0:
            locking = query.with_for_update(skip_locked=True, of=Membership).limit(room)
            found = db.session.execute(_without(locking, skip), {"location": location_id, "on": on})
            rows += [Holding(location_id, currency, *row) for row in found]
    return _stated(rows[:limit], more=len(rows) > limit)


def project_due(
    location_id: UUID,
    *,
    on: date,
    reasons: Collection[str] = ALL_REASONS,
    skip: Collection[UUID] = (),
) -> Iterator[DueBatch]:
    """All of the same dues without a lock, page by page: for a rehearsal, which writes nothing."""
    currency = _currency_of(location_id)
    for query in (DUE[reason] for reason in DUE if reason in reasons):
        page, more = _without(query.limit(PAGE), skip), True
        while more:
            found = db.session.execute(page, {"location": location_id, "on": on}).all()
            more = len(found) == PAGE
            rows = [Holding(location_id, currency, *row) for row in found]
            yield _stated(rows, more=more)
            if more:
                page = _without(query.where(_behind(rows[-1])).limit(PAGE), skip)


def holding(membership_id: UUID) -> Holding | None:
    """One membership with its terms, whatever its status; None where there is none."""
    row = db.session.execute(
        _HELD.add_columns(_JOINING_CENTS, Membership.location_id, Location.currency)
        .join(Location, Location.id == Membership.location_id)
        .where(Membership.id == membership_id)
    ).first()
    return None if row is None else Holding(row[-2], row[-1], *row[:-2])


def _stated(rows: Sequence[Holding], *, more: bool) -> DueBatch:
    """What these memberships owe next, in the order in which everybody locks."""
    dues: list[Due] = []
    held: list[HeldBack] = []
    for row in sorted(rows, key=lambda row: row.membership_id):
        claim = next_due(row, period_id=new_id())
        if isinstance(claim, Due):
            dues.append(claim)
        else:
            held.append(claim)
    return DueBatch(tuple(dues), tuple(held), more=more)


def _without(query: sa.Select, skip: Collection[UUID]) -> sa.Select:
    return query.where(Membership.id.not_in(skip)) if skip else query


def _behind(last: Holding) -> sa.ColumnElement[bool]:
    """What comes after this one in the order of DUE."""
    later = Membership.next_due_on > last.next_due_on
    same_day = Membership.next_due_on == last.next_due_on
    return sa.or_(later, sa.and_(same_day, Membership.id > last.membership_id))


def _currency_of(location_id: UUID) -> str:
    currency = db.session.scalar(sa.select(Location.currency).where(Location.id == location_id))
    if currency is None:
        raise NotFound("location")
    return currency
