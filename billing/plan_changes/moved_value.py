"""Value that a change of plan moved, booked back to where its invoice had put it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.invoices.creditable import Back
from billing.models import CreditNote
from billing.rules.credit import DEFERRED
from config.db import db
from locations import ledger
from locations.rules import claims
from locations.rules.entries import Leg
from membership.endings.exits import Leaving
from membership.models import MembershipPeriod, Plan, PlanVersion

Line = tuple[str, str]  # a deferred account and the product it is owed for


def gather(
    leaving: Leaving, backs: Sequence[Back], note: CreditNote, *, on: date, now: datetime
) -> None:
    """Book what a change of plan had moved or earned meanwhile back to where it was sold.

    A credit note takes value from the account that its invoice put it into; after a change from
    sessions to time, or the other way, it lies elsewhere, and a little may be earned already.
    """
    entries = []
    for place, (credited, lying) in _accounts(leaving, backs).items():
        legs = [
            Leg(line[0], place, credited.get(line, 0) - lying.get(line, 0), line[1])
            for line in sorted({*credited, *lying})
        ]
        rest = -sum(leg.amount_cents for leg in legs)
        legs.append(Leg("earned_sessions" if rest < 0 else "concessions", place, rest))
        moving = [leg for leg in legs if leg.amount_cents]
        if moving:
            entries.append(
                claims.taken_back(
                    source_type="credit_note",
                    source_id=note.id,
                    on=on,
                    currency=backs[0].invoice.currency,
                    legs=moving,
                    corrects_id=None,
                    home_at=place,
                    product="",
                    reason=note.reason,
                )
            )
    ledger.post(entries, now=now)


def _accounts(
    leaving: Leaving, backs: Sequence[Back]
) -> dict[UUID, tuple[dict[Line, int], dict[Line, int]]]:
    """By place: what is credited of each deferred account, and what lies there for it."""
    found: dict[UUID, tuple[dict[Line, int], dict[Line, int]]] = {}
    for back in backs:
        credited, _ = found.setdefault(back.invoice.location_id, ({}, {}))
        for line in back.credited.lines:
            if line.liability_account in DEFERRED:
                sold = (line.liability_account, line.product)
                credited[sold] = credited.get(sold, 0) + line.net_cents
    query = (
        sa.select(MembershipPeriod.id, MembershipPeriod.location_id, Plan.code)
        .join(PlanVersion, PlanVersion.id == MembershipPeriod.plan_version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(MembershipPeriod.id.in_([period_id for period_id, _ in leaving.back]))
    )
    periods = {row.id: (row.location_id, row.code) for row in db.session.execute(query)}
    for period_id, given in leaving.back:
        place, product = periods[period_id]
        _, lying = found.setdefault(place, ({}, {}))
        here = (given.account, product)
        lying[here] = lying.get(here, 0) + given.net_cents
    return found
