"""Sums of the dated moves of recurring revenue, by location and month, in money and in plans."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.calendar import add_months
from config.db import core
from membership.models import MrrMove
from membership.rules.mrr_report import Sum


@dataclass(frozen=True, slots=True)
class Sums:
    """What stood at each location before the first month, and what moved in each month since;
    in minor units a month, and in plans that count.
    """

    opening_cents: dict[UUID, int]
    opening_plans: dict[UUID, int]
    moved: list[Sum]


def of_months(location_ids: Collection[UUID], *, first: date, last: date) -> Sums:
    """The sums of these locations; `first` and `last` are first days of months."""
    given = {
        "places": list(location_ids),
        "since": first,
        "until": add_months(last, 1, anchor_day=1),
    }
    cents, plans = dict.fromkeys(location_ids, 0), dict.fromkeys(location_ids, 0)
    for at, moved_cents, moved_plans in map(tuple, core(_BEFORE, given)):
        cents[at], plans[at] = moved_cents, moved_plans
    moved = [
        Sum(at, date(year, month, 1), kind, moved_cents, moved_plans)
        for at, year, month, kind, moved_cents, moved_plans in map(tuple, core(_DURING, given))
    ]
    return Sums(cents, plans, moved)


_M = MrrMove
_OF = _M.location_id.in_(sa.bindparam("places", expanding=True))
_SINCE, _UNTIL = (sa.bindparam(name, type_=sa.Date()) for name in ("since", "until"))
_ADDED = tuple(sa.cast(sa.func.sum(c), sa.BigInteger) for c in (_M.delta_cents, _M.delta_plans))
_PARTS = tuple(sa.cast(sa.extract(p, _M.occurred_on), sa.Integer) for p in ("year", "month"))
_BEFORE = (
    sa.select(_M.location_id, *_ADDED).where(_OF, _M.occurred_on < _SINCE).group_by(_M.location_id)
)
_DURING = (
    sa.select(_M.location_id, *_PARTS, _M.kind, *_ADDED)
    .where(_OF, _M.occurred_on >= _SINCE, _M.occurred_on < _UNTIL)
    .group_by(_M.location_id, *_PARTS, _M.kind)
)
