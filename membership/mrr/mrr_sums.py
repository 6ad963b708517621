"""Sums of the dated moves of recurring revenue, by location and month, in money and in plans."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.calendar import add_months
from config.db import core
from config.few import few_keys, month_of_day
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
    moved: list[Sum] = []
    for row in core(_BEFORE_AND_DURING, given).fetchall():
        at, month, kind, moved_cents, moved_plans = tuple(row)
        if month is None:
            cents[at], plans[at] = moved_cents, moved_plans
        else:
            moved.append(Sum(at, month, kind, moved_cents, moved_plans))
    return Sums(cents, plans, moved)


_M = MrrMove
_OF = _M.location_id.in_(sa.bindparam("places", expanding=True))
_SINCE, _UNTIL = (sa.bindparam(name, type_=sa.Date()) for name in ("since", "until"))
_ADDED = tuple(sa.cast(sa.func.sum(c), sa.BigInteger) for c in (_M.delta_cents, _M.delta_plans))
_AT, _MONTH = few_keys(_M.location_id), month_of_day(_M.occurred_on)
_BEFORE = (
    sa.select(_AT, sa.null(), sa.literal(""), *_ADDED)
    .where(_OF, _M.occurred_on < _SINCE)
    .group_by(_M.location_id)
)
_DURING = (
    sa.select(_AT, _MONTH, _M.kind, *_ADDED)
    .where(_OF, _M.occurred_on >= _SINCE, _M.occurred_on < _UNTIL)
    .group_by(_M.location_id, _MONTH, _M.kind)
)
# One statement, so that it sees one moment; the first names its columns and their types.
_BEFORE_AND_DURING = sa.union_all(_DURING, _BEFORE)
