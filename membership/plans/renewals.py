"""A run's batch of renewals: each period is stored, and its membership moves on by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from config.bulk import transposed
from config.db import db, insert_columns
from membership.models import Membership, MembershipPeriod
from membership.rules.due import Due


class Overtaken(RuntimeError):
    """A membership moved on between its claim and its advance: the batch must roll back."""


_MEMBERSHIP = cast(sa.Table, Membership.__table__)


def advance(dues: Sequence[Due], *, now: datetime) -> None:
    """Store each due's period and move its membership on by exactly that one period.

    Raises Overtaken where any of them is no longer at the period that was claimed.
    """
    if not dues:
        return
    insert_columns(MembershipPeriod, _period_columns(dues, now))
    together: dict[tuple[date, date], list[UUID]] = {}
    for due in dues:
        together.setdefault((due.start, due.end), []).append(due.membership_id)
    moved = sum(_move_on(ids, start=start, end=end) for (start, end), ids in together.items())
    if moved != len(dues):
        raise Overtaken(f"{len(dues)} memberships were claimed, {moved} moved on")


def _move_on(membership_ids: list[UUID], *, start: date, end: date) -> int:
    """Step over the period [start, end); how many stood before it.

    Nearly all dues of a day share their period, so this is one statement and not hundreds.
    The due date grows with every period: a second step finds nobody.
    """
    step = (
        sa.update(_MEMBERSHIP)
        .where(_MEMBERSHIP.c.id.in_(membership_ids), _MEMBERSHIP.c.next_due_on == start)
        .values(
            next_n=_MEMBERSHIP.c.next_n + 1, next_due_on=end, period_start=start, period_end=end
        )
    )
    return db.session.connection().execute(step).rowcount


def _period_columns(dues: Sequence[Due], now: datetime) -> dict[str, Sequence[Any]]:
    of = transposed(dues)
    earns = [due.start if due.allowance is None else due.end for due in dues]
    return {
        "id": of.period_id,
        "membership_id": of.membership_id,
        "n": of.period_n,
        "start": of.start,
        "end": of.end,
        "plan_version_id": of.plan_version_id,
        "location_id": of.location_id,
        "price_cents": of.price_cents,
        "earned_until": earns,
        "earned_cents": [0] * len(dues),
        "frozen_days": [0] * len(dues),
        "issued_at": [now] * len(dues),
    }
