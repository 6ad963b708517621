"""A run with nothing written: what a day would bill, who would be held back, and what is new.

It computes with the run's own functions, so that what is rehearsed is what is then billed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa

from billing.models import Invoice
from billing.runs import claiming, due_amounts
from billing.runs.due_amounts import Computed
from config.calendar import add_months
from config.db import db, snapshot
from locations import tax_rates
from locations.models import Location
from membership.models import Member, Membership
from membership.people import exemptions
from membership.rules.due import HeldBack

WHOLE_DAY = frozenset({"renewal", "first_period"})
MOST_NAMES = 50


@dataclass(frozen=True, slots=True)
class Expected:
    """What a run would do, in sums; amounts in minor units."""

    location: str
    on: date
    count: int = 0
    net_cents: int = 0
    tax_cents: int = 0
    total_cents: int = 0
    held: tuple[HeldBack, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsal(Expected):
    """A whole day's run; `memberships` are those that it would bill."""

    memberships: tuple[UUID, ...] = ()


Sums = TypeVar("Sums", bound=Expected)


@dataclass(frozen=True, slots=True)
class Before:
    """The same run a month earlier: what it billed, who has come since, and who is not billed
    any more. At most MOST_NAMES of each are named; the counts are whole.
    """

    on: date
    count: int
    total_cents: int
    new_count: int
    gone_count: int
    new: tuple[str, ...]
    gone: tuple[str, ...]


def rehearse(location: Location, *, on: date) -> Rehearsal:
    """All that a local date would bill from its first minute to its last."""
    found, memberships = Rehearsal(location.slug, on), list[UUID]()
    with snapshot():
        for computed, held in _pages(location, on=on, reasons=WHOLE_DAY):
            found = _added(found, computed, held)
            memberships += [one.due.membership_id for one in computed]
    return replace(found, memberships=tuple(memberships))


def expect(location: Location, *, on: date, reasons: Collection[str]) -> Expected:
    """What a run would bill for these reasons; however many are due, few are held in memory."""
    found = Expected(location.slug, on)
    with snapshot():
        for computed, held in _pages(location, on=on, reasons=reasons):
            found = _added(found, computed, held)
    return found


def a_month_before(location: Location, found: Rehearsal) -> Before:
    """What the run of the same day of the month before billed here, and the difference."""
    on = add_months(found.on, -1, anchor_day=found.on.day)
    rows = db.session.execute(
        sa.select(Invoice.membership_id, Invoice.total_cents).where(
            Invoice.location_id == location.id,
            Invoice.issued_on == on,
            Invoice.reason.in_(WHOLE_DAY),
            Invoice.state != "draft",
        )
    ).all()
    now, then = set(found.memberships), {row.membership_id for row in rows}
    return Before(
        on=on,
        count=len(rows),
        total_cents=sum(row.total_cents for row in rows),
        new_count=len(now - then),
        gone_count=len(then - now),
        new=names_of(sorted(now - then)[:MOST_NAMES]),
        gone=names_of(sorted(then - now)[:MOST_NAMES]),
    )


def names_of(membership_ids: Sequence[UUID]) -> tuple[str, ...]:
    """Whose plans these are, by name."""
    query = (
        sa.select(Member.name)
        .join(Membership, Membership.member_id == Member.id)
        .where(Membership.id.in_(membership_ids))
    )
    return tuple(db.session.scalars(query.order_by(Member.name_folded)))


def _pages(
    location: Location, *, on: date, reasons: Collection[str]
) -> Iterator[tuple[list[Computed], list[HeldBack]]]:
    rates = tax_rates.in_force(location.id, on=on)
    exempt = exemptions.certificates(location.id, on=on)
    for batch in claiming.project(location.id, on=on, reasons=reasons):
        computed, held = due_amounts.compute(
            batch.dues, rates=rates, exempt=exempt, currency=location.currency
        )
        yield computed, [*batch.held, *held]


def _added(so_far: Sums, computed: Sequence[Computed], held: Sequence[HeldBack]) -> Sums:
    amounts = [one.amounts for one in computed]
    return replace(
        so_far,
        count=so_far.count + len(amounts),
        net_cents=so_far.net_cents + sum(one.net_cents for one in amounts),
        tax_cents=so_far.tax_cents + sum(one.tax_cents for one in amounts),
        total_cents=so_far.total_cents + sum(one.total_cents for one in amounts),
        held=(*so_far.held, *held),
    )
