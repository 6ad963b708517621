"""A run with nothing written: what a day would bill, who would be held back, and what is new.

It computes with the run's own functions, so that what is rehearsed is what is then billed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from billing import claiming, invoicing
from billing.models import Invoice
from config.calendar import add_months
from config.db import db
from locations import tax_rates
from locations.models import Location
from membership import exemptions
from membership.models import Member, Membership
from membership.rules.due import HeldBack

WHOLE_DAY = frozenset({"renewal", "first_period"})
MOST = 1_000_000
MOST_NAMES = 50


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a run would do; amounts in minor units. `memberships` are those it would bill."""

    location: str
    on: date
    count: int
    net_cents: int
    tax_cents: int
    total_cents: int
    held: tuple[HeldBack, ...]
    memberships: tuple[UUID, ...]


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
    return expect(location, on=on, reasons=WHOLE_DAY)


def expect(location: Location, *, on: date, reasons: Collection[str]) -> Rehearsal:
    """What a run would bill for these reasons."""
    batch = claiming.project(location.id, on=on, reasons=reasons, limit=MOST)
    computed, held = invoicing.compute(
        batch.dues,
        rates=tax_rates.in_force(location.id, on=on),
        exempt=exemptions.certificates(location.id, on=on),
        currency=location.currency,
    )
    return Rehearsal(
        location=location.slug,
        on=on,
        count=len(computed),
        net_cents=sum(c.amounts.net_cents for c in computed),
        tax_cents=sum(c.amounts.tax_cents for c in computed),
        total_cents=sum(c.amounts.total_cents for c in computed),
        held=(*batch.held, *held),
        memberships=tuple(c.due.membership_id for c in computed),
    )


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
