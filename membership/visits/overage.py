"""A session beyond a plan's allowance, at the price of members: offered, then let in and owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import Refused
from config.formats import day_short
from locations import places
from locations.models import Location
from membership.agreements import extra_words
from membership.models import Charge, Membership, Plan, PlanPrice, PlanVersion, Visit
from membership.people import members
from membership.plans import one_offs
from membership.rules import membership_status
from membership.rules.visit_values import CheckInPreview
from membership.visits import visit_rows, visits

REFUSALS = {
    "overage_for_members": "Sessions at the price of members go with a plan.",
    "overage_not_needed": "This plan needs no extra session: it lets its member in as it is.",
    "credits_left": "There is a session left, and it goes first.",
    "overage_not_sold": "This plan has no price for an extra session here.",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One more session on a plan, before tax; `consent_id` covers the saved card, if it does."""

    membership_id: UUID
    product: str
    description: str
    net_cents: int
    currency: str
    consent_id: UUID | None


def offer(member_id: UUID, *, location_id: UUID, on: date) -> Offer:
    """What one more session would cost here today; nothing is written.

    Raises Refused by name: no plan, arrears, a session that is left, no price here.
    """
    standing = visits.preview(member_id, location_id=location_id, on=on)
    return of_standing(member_id, standing, place=places.get(location_id), on=on)


def of_standing(member_id: UUID, standing: CheckInPreview, *, place: Location, on: date) -> Offer:
    """The same for a member whose check-in was previewed already."""
    held = _held(member_id, place.id)
    if held is None:
        raise refused("overage_for_members")
    membership, version, plan, price = held
    status = membership_status.on_date(membership.status, ends_on=membership.ends_on, on=on)
    membership_status.require(status, "overage_bought")
    if version.allowance is None:
        raise refused("overage_not_needed")
    if standing.allowed:
        raise refused("credits_left")
    if price is None or not price.overage_cents or price.currency != place.currency:
        raise refused("overage_not_sold")
    return Offer(
        membership_id=membership.id,
        product=plan.code,
        description=f"{plan.name}, extra session on {day_short(on)}",
        net_cents=price.overage_cents,
        currency=price.currency,
        consent_id=extra_words.covers_overage(
            membership.consent_id,
            price.overage_cents,
            place=place,
            on=on,
            member_id=membership.member_id,
        ),
    )


def take(
    member_id: UUID,
    *,
    location_id: UUID,
    by_account_id: UUID | None,
    request_key: str | None,
    now: datetime,
) -> tuple[Visit, Charge]:
    """Let the member in beyond the allowance; the price is owed where the visit is.

    The same `request_key` again is the same visit and charge. Raises Refused as `offer` does.
    """
    members.lock(member_id)
    earlier = visit_rows.by_key(request_key, member_id=member_id, location_id=location_id)
    if earlier is not None:
        charged = one_offs.of_source(earlier.id, "overage")
        if charged is None:
            raise Refused("request_key_used", visit_rows.KEY_USED)
        return earlier, charged
    on = places.business_date(places.get(location_id), now)
    found = offer(member_id, location_id=location_id, on=on)
    visit = visit_rows.add(
        member_id,
        location_id=location_id,
        on=on,
        membership_id=found.membership_id,
        by_account_id=by_account_id,
        request_key=request_key,
        now=now,
    )
    charge = one_offs.owe(
        member_id=member_id,
        membership_id=found.membership_id,
        location_id=location_id,
        kind="overage",
        source_id=visit.id,
        product=found.product,
        description=found.description,
        net_cents=found.net_cents,
        currency=found.currency,
        due_on=on,
        consent_id=found.consent_id,
        by_account_id=by_account_id,
        now=now,
    )
    return visit, charge


def forget(visit_id: UUID) -> None:
    """The visit is taken back: what it owes is dropped, as long as no invoice names it.

    Raises Refused("charge_invoiced") otherwise: billing credits the invoice first.
    """
    charge = one_offs.of_source(visit_id, "overage")
    if charge is not None and charge.state != "dropped" and not one_offs.drop(charge.id):
        raise Refused("charge_invoiced", "This session was charged: its invoice goes first.")


def refused(code: str) -> Refused:
    """A refusal of this module's own, by name."""
    return Refused(code, REFUSALS[code])


def _held(
    member_id: UUID, location_id: UUID
) -> tuple[Membership, PlanVersion, Plan, PlanPrice | None] | None:
    """The live plan with its terms, and its prices at a location where it has any."""
    row = db.session.execute(
        sa.select(Membership, PlanVersion, Plan, PlanPrice)
        .join(PlanVersion, PlanVersion.id == Membership.plan_version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(
            PlanPrice,
            (PlanPrice.plan_version_id == PlanVersion.id) & (PlanPrice.location_id == location_id),
            isouter=True,
        )
        .where(Membership.member_id == member_id, Membership.status != "ended")
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2], row[3])
